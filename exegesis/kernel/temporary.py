"""What names the folder for what is temporary. It imports nothing: the warm process would have it imported too."""

#: One of them for each system.
VARIABLES = ("TMPDIR", "TEMP", "TMP")
