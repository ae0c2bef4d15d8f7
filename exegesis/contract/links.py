"""Links that can be followed without building: to pages, labels, figures, formulas, claims and records."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from exegesis.catalogue.frontmatter import NOTEBOOK
from exegesis.text import UnreadableError, read_text

from .chapter import Chapter, Link
from .rule import Book, Found, rule

_CITES = re.compile(r"cite(?::\w+)?")
_LABELLED = ("ref", "numref", "eq")
_ELSEWHERE = re.compile(r"[a-z][\w+.-]*:", re.IGNORECASE)
_PAGES = (".md", NOTEBOOK, ".rst")
_WORDS = re.compile(r"(?P<words>.*?)\s*<(?P<target>[^<>]+)>", re.DOTALL)


def labels_of(book: Book) -> set[str]:
    """Return every label of the book's pages, as the text of links names them."""
    found: set[str] = set()
    for path in book.pages.values():
        if path.suffix == ".rst":
            continue
        try:
            found |= own_labels(book.chapter(path, read_text(path)))
        except (OSError, UnreadableError):  # told elsewhere
            continue
    return found


def own_labels(chapter: Chapter) -> set[str]:
    """Return the labels that one page gives."""
    figures = (cell.options.get("mystnb") for cell in chapter.cells)
    named = (each.get("figure") for each in figures if isinstance(each, dict))
    names = {str(each["name"]) for each in named if isinstance(each, dict) and each.get("name")}
    claims = {f"claim-{each.argument}" for each in chapter.directives if each.name == "claim"}
    exercises = {f"exercise-{each.argument}" for each in chapter.directives if each.name == "exercise"}
    return chapter.labels | names | claims | exercises | {f"{chapter.slug}:{name}" for name in claims}


@rule(
    "link",
    "the link '{0}' leads nowhere{1}",
    "correct its target, or put the label there",
    bad="# A Paper\n\nSee [the next one](nowhere.md) and {ref}`nowhere`.\n",
    good="# A Paper\n\n(here)=\n## In short\n\nSee [this](#here) and {ref}`here`.\n",
    is_told=True,
)
def link(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A reader who follows it is lost."""
    for each in chapter.links:
        target = _target(each)
        known = _known(each, target, chapter, book)
        if known is not None and target.lower() not in {name.lower() for name in known}:
            near = difflib.get_close_matches(target, known, n=1)
            yield Found(*chapter.place(each.line, target), (target, f"; did you mean '{near[0]}'?" if near else ""))


@rule(
    "citation",
    "there is no record '{0}'{1}",
    "correct the key, or add the paper's record",
    bad="# A Paper\n\nAs {cite:t}`nobody1999nothing` found.\n",
    good="# A Paper\n\nAs {cite:t}`first2001paper` found.\n",
    is_told=True,
)
def citation(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Who is cited stands in the one bibliography."""
    keys = book.catalogue.bibliography.keys
    for each in chapter.links if keys else ():
        for key in map(str.strip, each.target.split(",")) if _CITES.fullmatch(each.kind) else ():
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                yield Found(*chapter.place(each.line, key), (key, f"; did you mean '{near[0]}'?" if near else ""))


def _target(link: Link) -> str:
    if link.kind not in ("link", "image") and (found := _WORDS.fullmatch(link.target.strip())):
        return found["target"].strip()
    target = unquote(link.target.strip())
    return target.removeprefix("#") if link.kind == "link" else target


def _known(link: Link, target: str, chapter: Chapter, book: Book) -> set[str] | None:
    """Return what a link may name; None of one that only a build can follow."""
    if link.kind in _LABELLED:
        return _labels(target, chapter, book)
    if link.kind not in ("link", "image") or not target or _ELSEWHERE.match(target):
        return None
    if link.target.startswith("#"):
        return _labels(target, chapter, book)
    page, _, _ = target.partition("#")
    return {target} if not page.endswith(_PAGES) or _is_there(page, chapter) else set()


def _labels(target: str, chapter: Chapter, book: Book) -> set[str] | None:
    """Return the labels of the page, and those of others where it has not got this one."""
    own = own_labels(chapter)
    return own if target in own else (own | book.labels if book.pages else None)


def _is_there(page: str, chapter: Chapter) -> bool:
    path = PurePosixPath(page)
    root = chapter.path.parents[len(PurePosixPath(chapter.name).parts) - 1]
    return (root / page.lstrip("/") if path.is_absolute() else chapter.path.parent / page).is_file()
