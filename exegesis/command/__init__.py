"""The ``exegesis`` command, and what it does with a book on disk."""
