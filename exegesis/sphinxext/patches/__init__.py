"""Every use of other projects' insides: the reason, the version it was seen in, and a test for the assumption."""
