"""Program slicing: which of a chapter's statements the value of a claim's cell depends on."""
