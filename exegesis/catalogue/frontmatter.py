"""The front matter of a chapter, read into a `Summary`."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from exegesis.fault import Fault, Kind

from .model import Layout, Summary

TLDR_LENGTH = 280
#: Written by jupytext and myst-nb's own; none of the catalogue's business.
FOREIGN_KEYS = ("jupytext", "kernelspec", "mystnb")
#: In C where PyYAML has it, as its wheels do.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


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


def _is_changes(value: Any) -> bool:
    return (
        isinstance(value, dict) and bool(value) and all(_is_date(day) and _is_text(what) for day, what in value.items())
    )


KEYS = {
    "author": Key(_is_text, "who wrote the summary, as text"),
    "changes": Key(
        _is_changes, "lines such as '\"2026-12-02\": what changed', the date quoted and each once", required=False
    ),
    "date": Key(_is_date, 'a quoted ISO date, such as "2026-11-21"'),
    "keywords": Key(lambda value: _is_names(value) and bool(value), "a list of keywords, each once"),
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
        return isinstance(yaml.load(text, _Loader), dict)
    except yaml.YAMLError:
        return False


def read_summary(
    path: Path, name: str, papers: Collection[str], keywords: Collection[str], layout: Layout = Layout()
) -> tuple[Summary | None, list[Fault]]:
    """Read and validate a chapter's front matter.

    Args:
        path: the chapter.
        name: what to call it in a fault.
        papers: the keys that the bibliography has.
        keywords: the closed list.
        layout: where these two stand, for the faults.

    Returns:
        The summary, or None where a fault leaves none; and the faults.
    """

    def fault(line: int, what: str, mend: str) -> tuple[None, list[Fault]]:
        return None, [Fault(name, line, what, mend, Kind.CHAPTER.code)]

    if not _SLUG.match(path.stem):
        return fault(1, f"the name '{path.stem}' is no slug", "use a-z, 0-9 and - only")
    found = split_front_matter(path.read_text(encoding="utf-8"))
    if found is None:
        return fault(1, "there is no front matter", "begin the file with '---', keys, '---'")
    try:
        values, lines = _load(found[0])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it does not parse"
        line = mark.line + 2 if mark else 1
        return fault(line, f"the front matter is no YAML: {problem}", "quote text that has a colon")
    faults = [Fault(name, *wrong, Kind.CHAPTER.code) for wrong in _wrong(values, lines, papers, keywords, layout)]
    if faults:
        return None, faults
    summary = Summary(
        slug=path.stem,
        path=path,
        paper=values["paper"],
        author=values["author"].strip(),
        date=values["date"],
        tldr=" ".join(values["tldr"].split()),
        keywords=tuple(values["keywords"]),
        see_also=tuple(values.get("see_also", ())),
        changes=tuple((day, " ".join(what.split())) for day, what in sorted(values.get("changes", {}).items())),
    )
    return summary, []


def _load(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Parse a YAML mapping; return its values, and the line in the file of each key."""
    loader = _Loader(text)
    root = loader.get_single_node()
    if not isinstance(root, yaml.MappingNode):
        raise yaml.YAMLError("the front matter is no mapping")
    _refuse_repeated_keys(root)
    return loader.construct_document(root), {str(key.value): key.start_mark.line + 2 for key, _ in root.value}


def _refuse_repeated_keys(node: yaml.MappingNode) -> None:
    """YAML's own loader keeps the last of two and says nothing."""
    seen = set()
    for key, value in node.value:
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"the key '{key.value}' stands twice", problem_mark=key.start_mark)
        seen.add(key.value)
        if isinstance(value, yaml.MappingNode):
            _refuse_repeated_keys(value)


def _wrong(
    values: dict[str, Any],
    lines: dict[str, int],
    papers: Collection[str],
    keywords: Collection[str],
    layout: Layout,
) -> list[tuple[int, str, str]]:
    def wants(rule: Key) -> str:
        return rule.wants.format(bibliography=layout.bibliography)

    wrong = []
    allowed = [*KEYS, *FOREIGN_KEYS]
    for unknown in (key for key in lines if key not in allowed):
        wrong.append((lines[unknown], f"unknown key '{unknown}'", f"known are {', '.join(sorted(allowed))}"))
    ours = list(lines)
    if ours != sorted(ours):
        late = next(b for a, b in itertools.pairwise(ours) if a > b)
        wrong.append((lines[late], f"'{late}' is out of order", "put the keys in alphabetical order, as jupytext does"))
    for key, rule in KEYS.items():
        if key not in values:
            if rule.required:
                wrong.append((1, f"'{key}' is missing", f"add '{key}': {wants(rule)}"))
        elif not rule.check(values[key]):
            wrong.append((lines[key], f"'{key}' is not right", f"give {wants(rule)}"))
    if wrong:
        return wrong
    tldr = " ".join(values["tldr"].split())
    if len(tldr) > TLDR_LENGTH:
        wrong.append((lines["tldr"], f"the TL;DR has {len(tldr)} characters", f"use at most {TLDR_LENGTH}"))
    for day in values.get("changes", ()):
        if day <= values["date"]:
            what = f"the change of {day} is not after the date, {values['date']}"
            wrong.append((lines["changes"], what, "'date' is when the summary was written; it stays"))
    for keyword in values["keywords"]:
        if keyword not in keywords:
            mend = f"choose from {layout.keywords}, or add it there"
            wrong.append((lines["keywords"], f"'{keyword}' is no keyword", mend))
    for key in ("paper", "see_also"):
        named = values.get(key, ())
        for paper in [named] if isinstance(named, str) else named:
            if paper not in papers:
                wrong.append((lines[key], f"there is no paper '{paper}'", f"add its record to {layout.bibliography}"))
    return wrong
