"""The book's papers in order: by venue, year, author and keyword."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .load import Catalogue
from .model import Paper, Summary


@dataclass(frozen=True)
class Entry:
    """A paper of the book with all its summaries, latest first."""

    paper: Paper
    summaries: tuple[Summary, ...]


@dataclass(frozen=True)
class Group:
    """The papers that share one value."""

    value: str
    anchor: str
    entries: tuple[Entry, ...]


def entries(catalogue: Catalogue) -> list[Entry]:
    """Return the summarised papers, those with the latest summaries first."""
    by_paper: dict[str, list[Summary]] = {}
    for summary in catalogue.summaries.values():
        by_paper.setdefault(summary.paper, []).append(summary)
    found = [Entry(catalogue.papers[key], tuple(_latest_first(each))) for key, each in by_paper.items()]
    return sorted(found, key=lambda entry: (_reversed(entry.summaries[0].date), entry.paper.title.casefold()))


def _latest_first(summaries: Iterable[Summary]) -> list[Summary]:
    return sorted(summaries, key=lambda summary: (_reversed(summary.date), summary.slug))


def _reversed(date: str) -> tuple[int, ...]:
    return tuple(-int(part) for part in date.split("-"))


def _keywords(entry: Entry) -> list[str]:
    return [keyword for summary in entry.summaries for keyword in summary.keywords]


#: What a paper is shelved by: its values, and how the values are sorted.
ORDERS: dict[str, tuple[Callable[[Entry], Iterable[str]], Callable[[str, Entry], Any]]] = {
    "venue": (lambda entry: [entry.paper.venue], lambda value, entry: value.casefold()),
    "year": (lambda entry: [str(entry.paper.year)], lambda value, entry: -int(value)),
    "author": (
        lambda entry: entry.paper.authors,
        lambda value, entry: (entry.paper.surnames[entry.paper.authors.index(value)].casefold(), value.casefold()),
    ),
    "keyword": (_keywords, lambda value, entry: value),
}


def shelve(catalogue: Catalogue, order: str) -> list[Group]:
    """Group the book's papers.

    Args:
        catalogue: papers and summaries.
        order: one of `ORDERS`.

    Returns:
        The groups, sorted; a paper stands in the group of each of its values, no group is empty.
    """
    values_of, rank = ORDERS[order]
    groups: dict[str, list[Entry]] = {}
    ranks: dict[str, Any] = {}
    for entry in entries(catalogue):
        for value in dict.fromkeys(values_of(entry)):
            groups.setdefault(value, []).append(entry)
            ranks.setdefault(value, rank(value, entry))
    names = anchors(order, groups)
    ordered = sorted(groups, key=lambda value: (ranks[value], value))
    return [Group(value, names[value], tuple(sorted(groups[value], key=_latest_paper_first))) for value in ordered]


def _latest_paper_first(entry: Entry) -> tuple[int, str]:
    return -entry.paper.year, entry.paper.title.casefold()


def anchors(order: str, values: Iterable[str]) -> dict[str, str]:
    """Give each value an anchor of its own that only depends on the value and on those it would collide with."""
    values = list(values)
    plain = {value: ascii_name(value) for value in values}
    taken = list(plain.values())
    return {
        value: "-".join(filter(None, [order, name, "" if name and taken.count(name) == 1 else _mark(value)]))
        for value, name in plain.items()
    }


def ascii_name(text: str) -> str:
    """Return a text as a slug; nothing of one without a letter of ASCII."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
