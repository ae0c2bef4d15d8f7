"""Tiny chapters that are doubted: a check that notices, one that cannot, one that only crashes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from exegesis.doubt.book import Book
from exegesis.doubt.subject import Chapter, read_chapter
from exegesis.kernel.environment import short_environment
from tests.tiny import chapter, write_book


def claim(name: str, check: str, more: str = "") -> str:
    return f"```{{claim}} {name}\n:evidence: recomputed\n:source: Sec. 1\n:check: {check}\n{more}It is so.\n```\n"


def cell(code: str, proves: str = "") -> str:
    options = f":claim: {proves}\n\n" if proves else ""
    return f"```{{code-cell}} python\n{options}{dedent(code).strip()}\n```\n"


def read(folder: Path, *parts: str, slug: str = "tiny") -> Chapter:
    """Write a book with one chapter of these parts, and read it."""
    write_book(folder, {slug: chapter("# Tiny\n\n" + "\n".join(parts))})
    return read_chapter(folder / "book/papers" / f"{slug}.md")


def book(folder: Path) -> Book:
    return Book(folder, short_environment(folder / "home"), at_once=2)


def silent(what: str, done: int, of: int) -> None:
    """Show no progress."""
