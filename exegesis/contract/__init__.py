"""The contract of a chapter: what every one keeps to, told without building and without running anything."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from exegesis.fault import PACKAGE, Fault
from exegesis.text import UnreadableError, read_text

from . import claims, code, exercises, figures, form, ignoring, links, showing, spelling, structure
from .form import fixed
from .reading import read_chapter
from .rule import RULES, Book, Rule

#: What the rules are about, in the order of the reference page.
GROUPS = (structure, showing, code, figures, claims, exercises, links, spelling, form, ignoring)

__all__ = ["GROUPS", "RULES", "Book", "Rule", "check_chapter", "check_chapters", "fix_chapter", "fixed", "read_chapter"]


FEW = 6  # chapters that are sooner checked here
_shared: tuple[Book, Collection[str]]  # in a process that checks some of the chapters


def check_chapters(
    book: Book, paths: Iterable[Path], *, without: Collection[str] = (), processes: int = 1
) -> Iterator[Fault]:
    """Yield what chapters do not keep to; of a file that can't be read nothing, for the catalogue tells of it.

    Args:
        book: what is around them.
        paths: their files.
        without: the full names of rules that the book does without, such as ``exegesis.cell-width``.
        processes: how many share the work.
    """
    codes = [code for code in RULES if f"{PACKAGE}.{code}" not in without]
    paths = list(paths)
    if processes == 1 or len(paths) < FEW or "fork" not in multiprocessing.get_all_start_methods():
        for path in paths:
            yield from _check_file(book, codes, path)
        return
    book.read()  # once, for them all
    context = multiprocessing.get_context("fork")  # which hands the book over as it is
    with ProcessPoolExecutor(processes, context, _share, (book, codes)) as pool:
        yield from itertools.chain.from_iterable(pool.map(_check_shared, paths))


def _share(*shared: Any) -> None:
    global _shared
    _shared = shared


def _check_shared(path: Path) -> list[Fault]:
    return _check_file(*_shared, path)


def _check_file(book: Book, codes: Collection[str], path: Path) -> list[Fault]:
    try:
        return check_chapter(book, path, read_text(path), codes=codes)
    except (FileNotFoundError, UnreadableError):
        return []


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
