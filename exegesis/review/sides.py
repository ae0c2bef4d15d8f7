"""Two texts side by side: the lines that differ with some around them, and in these the words that do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_AROUND = 2  # lines
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Part of a line."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Line:
    """A line of one of the texts."""

    number: int  # from 1
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Row:
    """What stands beside each other; of a line that is new or gone there is one side alone."""

    old: Line | None
    new: Line | None

    @property
    def same(self) -> bool:
        """Whether both sides are one line."""
        return bool(self.old and self.new) and not any(p.changed for p in self.old.pieces + self.new.pieces)  # type: ignore[union-attr]


def rows(old: str, new: str) -> list[list[Row]]:
    """Return what differs between two texts, as places in their order, each a few rows."""
    olds, news = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    return [
        [row for tag, i, k, j, m in group for row in _rows(tag, olds[i:k], news[j:m], i + 1, j + 1)]
        for group in matcher.get_grouped_opcodes(_AROUND)
    ]


def _rows(tag: str, olds: list[str], news: list[str], i: int, j: int) -> Iterator[Row]:
    for place in range(max(len(olds), len(news))):
        old = olds[place] if place < len(olds) else None
        new = news[place] if place < len(news) else None
        if old is not None and new is not None:
            left, right = ((Piece(old),), (Piece(new),)) if tag == "equal" else _pieces(old, new)
            yield Row(Line(i + place, left), Line(j + place, right))
        elif old is not None:
            yield Row(Line(i + place, (Piece(old, True),)), None)
        elif new is not None:
            yield Row(None, Line(j + place, (Piece(new, True),)))


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    olds, news = _PIECES.findall(old), _PIECES.findall(new)
    left, right = [], []
    for tag, i, k, j, m in difflib.SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        changed = tag != "equal"
        left += [Piece("".join(olds[i:k]), changed)] if k > i else []
        right += [Piece("".join(news[j:m]), changed)] if m > j else []
    return tuple(left), tuple(right)
