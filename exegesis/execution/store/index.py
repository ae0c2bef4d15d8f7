"""The index of a store: which results there are, and what they need."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    id TEXT PRIMARY KEY,  -- and the name of its file
    place TEXT NOT NULL,  -- the notebook's path, from the book's root
    key TEXT NOT NULL,
    needs TEXT NOT NULL,
    digest TEXT NOT NULL,  -- of the file
    stamp TEXT NOT NULL,  -- its time and size, to look at before the digest
    seconds REAL NOT NULL,
    used TEXT NOT NULL  -- the day
);
CREATE INDEX IF NOT EXISTS result_key ON result (key);
CREATE TABLE IF NOT EXISTS text (
    place TEXT PRIMARY KEY,
    digest TEXT NOT NULL,  -- of the file's text and of what else decides how it is read
    id TEXT NOT NULL
);
"""


def open_index(file: Path) -> sqlite3.Connection:
    """Open an index. One that is torn is begun anew: its results are computed again."""
    for _ in range(2):
        index = sqlite3.connect(file, timeout=30, check_same_thread=False)
        try:
            index.executescript(_SCHEMA)
            if index.execute("PRAGMA quick_check").fetchone() == ("ok",):
                return index
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                index.close()
                raise
        index.close()
        for part in ("", "-journal"):
            file.with_name(file.name + part).unlink(missing_ok=True)
    raise sqlite3.DatabaseError(f"{file} can't be made anew")
