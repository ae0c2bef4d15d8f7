"""The contract of a chapter: what every one keeps to, told without building and without running anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from exegesis.fault import PACKAGE, Fault
from exegesis.text import UnreadableError, read_text

from . import claims, code, exercises, figures, form, ignoring, links, showing, spelling, structure
from .form import fixed
from .reading import read_chapter
from .rule import RULES, Book, Rule

#: What the rules are about, in the order of the reference page.
GROUPS = (structure, showing, code, figures, claims, exercises, links, spelling, form, ignoring)

__all__ = ["GROUPS", "RULES", "Book", "Rule", "check_chapter", "check_chapters", "fix_chapter", "fixed", "read_chapter"]


def check_chapters(book: Book, paths: Iterable[Path], *, without: Collection[str] = ()) -> Iterator[Fault]:
    """Yield what chapters do not keep to; of a file that can't be read nothing, for the catalogue tells of it.

    Args:
        book: what is around them.
        paths: their files.
        without: the full names of rules that the book does without, such as ``exegesis.cell-width``.
    """
    codes = [code for code in RULES if f"{PACKAGE}.{code}" not in without]
    for path in paths:
        try:
            text = read_text(path)
        except (FileNotFoundError, UnreadableError):
            continue
        yield from check_chapter(book, path, text, codes=codes)


def check_chapter(book: Book, path: Path, text: str, *, codes: Collection[str] = RULES) -> list[Fault]:
    """Return what a chapter does not keep to, of the rules with these codes.

    Args:
        book: what is around it.
        path: its file.
        text: what is in it.
        codes: of the rules to hold it to.
    """
    chapter = book.chapter(path, text)
    found = [fault for code in RULES if code in codes for fault in RULES[code].faults(chapter, book)]
    return sorted(ignoring.without_ignored(chapter, found, codes))


def fix_chapter(book: Book, path: Path) -> bool:
    """Write a chapter with what can be mended without changing what it says; return whether that was anything."""
    try:
        text = read_text(path)
    except (FileNotFoundError, UnreadableError):
        return False
    if (new := fixed(book.chapter(path, text))) == text:
        return False
    path.write_text(new, encoding="utf-8", newline="\n")
    return True
