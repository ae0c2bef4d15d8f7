"""Python in the reader's browser: what runs there (`cells`, `figures`) and the files it needs (`pyodide`).

Imports neither Sphinx nor Jupyter. What runs in the browser imports the standard library,
matplotlib, and the language of checks, nothing else of this package.
"""
