"""The front matter of a chapter, read into a `Summary`."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from exegesis.dates import Days
from exegesis.fault import Fault, Kind, closest
from exegesis.text import UnreadableError, compose_yaml, load_yaml, read_text

from .markup import told_markup
from .model import SLUG, Layout, Summary

TLDR_LENGTH = 280
#: What a reader should bring along: calculus; a course of machine learning; papers of the field.
LEVELS = ("introductory", "intermediate", "advanced")
#: Written by jupytext and myst-nb's own; none of the catalogue's business.
FOREIGN_KEYS = ("jupytext", "kernelspec", "mystnb")
NOTEBOOK = ".ipynb"
#: Where a notebook's metadata stands, in place of the number of a cell.
METADATA = 0


@dataclass(frozen=True)
class Key:
    """One key of the front matter: declared once, with its check and what it wants."""

    check: Callable[[Any], bool]
    wants: str  # {bibliography} stands for the name of that file
    required: bool = True


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_slugs(value: Any) -> bool:
    return _is_names(value) and all(map(SLUG.fullmatch, value))


def _is_changes(value: Any) -> bool:
    return (
        isinstance(value, dict) and bool(value) and all(_is_date(day) and _is_text(what) for day, what in value.items())
    )


KEYS = {
    "aliases": Key(_is_names, "a list of other names of the paper or its method, each once", required=False),
    "author": Key(_is_text, "who wrote the summary, as text"),
    "changes": Key(
        _is_changes, "lines such as '\"2026-12-02\": what changed', the date quoted and each once", required=False
    ),
    "date": Key(_is_date, 'a quoted ISO date, such as "2026-11-21"'),
    "formerly": Key(
        _is_slugs, "a list of names that the chapter's file had, without ending, each once", required=False
    ),
    "keywords": Key(lambda value: _is_names(value) and bool(value), "a list of keywords, each once"),
    "level": Key(lambda value: value in LEVELS, f"one of {', '.join(LEVELS)}", required=False),
    "needs": Key(_is_names, "a list of what to read before: chapters, or keys of {bibliography}", required=False),
    "paper": Key(_is_text, "the paper's key in {bibliography}"),
    "see_also": Key(_is_names, "a list of keys of {bibliography}, each once", required=False),
    "tldr": Key(_is_text, f"at most {TLDR_LENGTH} characters of plain text"),
}


def split_front_matter(text: str) -> tuple[str, int] | None:
    """Return the YAML between the leading ``---`` lines, and the number of the closing line."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[1 : number - 1]), number
    return None


def is_yaml(text: str) -> bool:
    """Say whether a front matter can be read."""
    try:
        return isinstance(load_yaml(text), dict)
    except UnreadableError:
        return False


def read_summary(
    path: Path,
    name: str,
    papers: Collection[str] | None,
    keywords: Collection[str] | None,
    layout: Layout = Layout(),
    slugs: Collection[str] = (),
    days: Days | None = None,
) -> tuple[Summary | None, list[Fault]]:
    """Read and validate a chapter's front matter.

    Args:
        path: the chapter.
        name: what to call it in a fault.
        papers: the keys that the bibliography has; None where that can't be read, which is told by itself.
        keywords: the closed list, or None in the same way.
        layout: where these two stand, for the faults.
        slugs: those of all chapters.
        days: of the book, to tell of dates that are still to come.

    Returns:
        The summary, or None where a fault leaves none; and the faults. Markup and coming dates leave it as it is.
    """
    faults = []
    if not SLUG.fullmatch(path.stem):
        faults.append(
            Fault(name, 1, f"the name '{path.stem}' is no slug", "use a-z, 0-9 and - only", Kind.CHAPTER.code)
        )
    try:
        values, lines, ours = _front_matter(path)
    except UnreadableError as error:
        return None, [*faults, error.fault(name, Kind.CHAPTER)]
    wrong = _wrong(values, lines, papers, keywords, layout, slugs, strict=ours)
    faults += [Fault(name, *each, Kind.CHAPTER.code) for each in wrong]
    told = [
        Fault(name, lines.get(key, 1 if ours else METADATA), f"'{key}' {what}", mend, Kind.CHAPTER.code)
        for key, what, mend in (*_marked(values), *(_to_come(values, days, path) if days else ()))
    ]
    if faults:
        return None, faults + told
    summary = Summary(
        slug=path.stem,
        path=path,
        paper=values["paper"],
        author=values["author"].strip(),
        date=values["date"],
        tldr=" ".join(values["tldr"].split()),
        keywords=tuple(values["keywords"]),
        see_also=tuple(values.get("see_also", ())),
        aliases=tuple(values.get("aliases", ())),
        level=values.get("level", ""),
        needs=tuple(values.get("needs", ())),
        formerly=tuple(values.get("formerly", ())),
        changes=tuple((day, " ".join(what.split())) for day, what in sorted(values.get("changes", {}).items())),
    )
    return summary, told


def _marked(values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield markup in what readers see of the front matter."""
    for key in ("aliases", "author", "changes", "tldr"):
        value = values.get(key)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for found in (told_markup(part) for part in parts if isinstance(part, str)):
            if found:
                yield key, *found


def _to_come(values: dict[str, Any], days: Days, path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield dates that are still to come."""
    for key, given in (("date", [values.get("date")]), ("changes", values.get("changes"))):
        for day in given if isinstance(given, list | dict) else ():
            if _is_date(day) and days.to_come(datetime.date.fromisoformat(day), path):
                yield key, f"has {day}, which is still to come", "give the day on which it was written"


def _front_matter(path: Path) -> tuple[dict[str, Any], dict[str, int], bool]:
    """Return a chapter's values, the line of each key, and whether every key is the book's business.

    Raises:
        UnreadableError: there is none, or it can't be read.
    """
    try:
        text = read_text(path)
    except UnreadableError as error:
        raise UnreadableError(METADATA if path.suffix == NOTEBOOK else error.line, error.what, error.mend) from None
    if path.suffix != NOTEBOOK:
        if (found := split_front_matter(text)) is None:
            raise UnreadableError(1, "there is no front matter", "begin the file with '---', keys, '---'")
        return *_load(found[0], first=2), True
    metadata, header = _notebook_parts(text)
    if header is not None:
        values, lines = _load(header, first=1)
        return metadata | values, dict.fromkeys(lines, 1), False
    return metadata, {}, False


def without_header(text: str) -> str | None:
    """Return an .ipynb without the front matter that its first cell may begin with; None of what is no notebook."""
    try:
        _, header = _notebook_parts(text)
    except UnreadableError:
        return None
    if header is None:
        return text
    notebook = json.loads(text)
    cell = notebook["cells"][0]
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    found = split_front_matter(source)
    cell["source"] = "\n".join(source.splitlines()[found[1] :]) if found else source
    return json.dumps(notebook)


def _notebook_parts(text: str) -> tuple[dict[str, Any], str | None]:
    """Return an .ipynb's metadata, and the YAML of its first cell if it begins with some as jupytext writes it.

    Raises:
        UnreadableError: it is no notebook.
    """
    mend = "open and save it in Jupyter"
    try:
        notebook = json.loads(text)
        cells, metadata = notebook["cells"], notebook.get("metadata", {})
        source = cells[0]["source"] if cells and cells[0]["cell_type"] in ("raw", "markdown") else ""
        found = split_front_matter(source if isinstance(source, str) else "".join(source))
    except json.JSONDecodeError as error:
        what = f"the file is no notebook: {error.msg} in line {error.lineno} of the file"
        raise UnreadableError(METADATA, what, mend) from None
    except (AttributeError, KeyError, TypeError, RecursionError):
        raise UnreadableError(METADATA, "the file is no notebook: it has no cells", mend) from None
    if not isinstance(metadata, dict):
        raise UnreadableError(METADATA, "the file is no notebook: its metadata are no mapping", mend)
    return metadata, found[0] if found else None


def _load(text: str, first: int) -> tuple[dict[str, Any], dict[str, int]]:
    """Parse a YAML mapping; return its values, and the line of each key.

    Raises:
        UnreadableError: it is none.
    """
    try:
        root, values = compose_yaml(text, first), load_yaml(text, first)
    except UnreadableError as error:
        raise UnreadableError(error.line, f"the front matter is no YAML: {error.what}", error.mend) from None
    if not isinstance(root, yaml.MappingNode):
        raise UnreadableError(first - 1, "the front matter is no YAML: it is no mapping", "write 'key: value' lines")
    return values, {str(key.value): first + key.start_mark.line for key, _ in root.value}


def _wrong(
    values: dict[str, Any],
    lines: dict[str, int],
    papers: Collection[str] | None,
    keywords: Collection[str] | None,
    layout: Layout,
    slugs: Collection[str],
    *,
    strict: bool,
) -> Iterator[tuple[int, str, str]]:
    """Yield what is wrong in the values; with ``strict`` in keys that are not ours too."""

    def at(key: str) -> int:  # a key may come from elsewhere: from a merge, from a notebook's metadata
        return lines.get(key, top)

    top = 1 if strict else METADATA
    allowed = [*KEYS, *FOREIGN_KEYS]
    for unknown in (key for key in lines if strict and key not in allowed):
        yield lines[unknown], f"unknown key '{unknown}'", f"known are {', '.join(sorted(allowed))}"
    ours = list(lines)
    if strict and ours != sorted(ours):
        late = next(b for a, b in itertools.pairwise(ours) if a > b)
        yield lines[late], f"'{late}' is out of order", "put the keys in alphabetical order, as jupytext does"
    right = set()
    for key, rule in KEYS.items():
        wants = rule.wants.format(bibliography=layout.bibliography)
        if key not in values:
            if rule.required:
                yield top, f"'{key}' is missing", f"add '{key}': {wants}"
        elif rule.check(values[key]):
            right.add(key)
        else:
            yield at(key), f"'{key}' is not right", f"give {wants}"
    tldr = " ".join(values["tldr"].split()) if "tldr" in right else ""
    if len(tldr) > TLDR_LENGTH:
        yield at("tldr"), f"the TL;DR has {len(tldr)} characters", f"use at most {TLDR_LENGTH}"
    for day in values["changes"] if right.issuperset(("changes", "date")) else ():
        if day <= values["date"]:
            what = f"the change of {day} is not after the date, {values['date']}"
            yield at("changes"), what, "'date' is when the summary was written; it stays"
    for keyword in values["keywords"] if "keywords" in right else ():
        if keywords is not None and keyword not in keywords:
            yield at("keywords"), f"'{keyword}' is no keyword", f"choose from {layout.keywords}, or add it there"
    for old in values.get("formerly", ()) if "formerly" in right else ():
        if old in slugs:
            yield at("formerly"), f"'{old}' is the name of a chapter", "name what this one was called before, or rename"
    for key in ("paper", "see_also"):
        named = values[key] if key in right else ()
        for paper in [named] if isinstance(named, str) else named:
            if papers is not None and paper not in papers:
                yield at(key), f"there is no paper '{paper}'", f"add its record to {layout.bibliography}"
    for needed in values.get("needs", ()) if "needs" in right else ():
        if papers is not None and needed not in papers and needed not in slugs:
            yield at("needs"), f"there is no chapter or paper '{needed}'", closest(needed, [*slugs, *papers])
