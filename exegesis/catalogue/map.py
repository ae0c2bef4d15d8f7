"""The layout of the map of the book: what to read before what, from left to right.

Chapters that hang together stand together, each right of all that it needs, and in an order that lets few
lines cross. A line that passes a column keeps a lane in it, so that none runs behind a box. Chapters that need
nothing, and that nothing needs, stand below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from statistics import fmean

#: In the units of the drawing, which are CSS pixels where there is room.
BOX, GAP = 196, 56  # the width of a box, and between two columns
LINE, PADDING, LANE, APART = 17, 10, 10, 14
LETTERS = 22  # in a line: the widest system's sans needs 7.8 each, at 13 pixels
COLUMNS = 4  # at least, for those that stand by themselves
CAPTION = 44
SWEEPS = 6


@dataclass(frozen=True)
class Box:
    """A chapter on the map; ``x`` and ``y`` are its upper left corner."""

    slug: str
    x: int
    y: int
    height: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """A line from a chapter to one that needs it, as an SVG path."""

    start: str
    end: str
    path: str


@dataclass(frozen=True)
class Map:
    """All that there is to draw; ``alone`` is where those that stand by themselves begin, 0 if there are none."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int
    alone: int


@dataclass
class _Item:
    """A box in a column, or the lane of a line that passes it."""

    slug: str  # nothing for a lane
    height: int
    y: float = 0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def draw(titles: Mapping[str, str], needs: Mapping[str, Sequence[str]]) -> Map:
    """Lay the chapters out.

    Args:
        titles: by slug, what to call each.
        needs: by slug, those to be read before it. In a circle nothing comes first, so none is drawn; it is told
            where the front matters are read.
    """
    slugs = sorted(titles, key=lambda slug: (titles[slug].casefold(), slug))
    before = {slug: [each for each in needs.get(slug, ()) if each in titles] for slug in slugs}
    try:
        ordered = list(TopologicalSorter(before).static_order())
    except CycleError:
        ordered, before = slugs, {slug: [] for slug in slugs}
    before = _without_detours(before, ordered)
    after = {slug: [other for other in slugs if slug in before[other]] for slug in slugs}
    columns = _columns(before, after, ordered)
    lines = {slug: tuple(textwrap.wrap(titles[slug], LETTERS, break_long_words=True)) or ("",) for slug in slugs}
    heights = {slug: LINE * len(lines[slug]) + 2 * PADDING for slug in slugs}

    boxes: list[Box] = []
    edges: list[Edge] = []
    top = 0
    groups = sorted(_groups(before, after), key=lambda group: (-len(group), slugs.index(group[0])))
    for group in (group for group in groups if len(group) > 1):
        found = _Group(group, before, columns, heights)
        bottom = max(item.y + item.height for column in found.columns for item in column)
        for column, items in enumerate(found.columns):
            for item in (item for item in items if item.slug):
                boxes.append(Box(item.slug, _x(column), round(top + item.y), item.height, lines[item.slug]))
        edges += [Edge(*ends, _path(chain, columns[ends[0]], top)) for ends, chain in found.chains.items()]
        top += round(bottom) + 2 * APART
    alone = [group[0] for group in groups if len(group) == 1]
    across = max(COLUMNS, *(column + 1 for column in columns.values())) if columns else COLUMNS
    caption = top + CAPTION // 2 if alone else 0
    top += CAPTION if alone else 0
    for first in range(0, len(alone), across):
        row = alone[first : first + across]
        boxes += [Box(slug, _x(place), top, heights[slug], lines[slug]) for place, slug in enumerate(row)]
        top += max(heights[slug] for slug in row) + APART
    return Map(tuple(boxes), tuple(edges), _x(across) - GAP, max(top, LINE), caption)


def _x(column: int) -> int:
    return column * (BOX + GAP)


def _without_detours(before: Mapping[str, list[str]], ordered: Iterable[str]) -> dict[str, list[str]]:
    """Leave out what is needed by something else that is needed: the way leads there anyhow."""
    all_before: dict[str, set[str]] = {}
    for slug in ordered:
        all_before[slug] = {*before[slug]}.union(*(all_before[each] for each in before[slug]))
    return {
        slug: [each for each in needed if not any(each in all_before[other] for other in needed)]
        for slug, needed in before.items()
    }


def _columns(before: Mapping[str, list[str]], after: Mapping[str, list[str]], ordered: Iterable[str]) -> dict[str, int]:
    """Give each chapter a column right of all that it needs; one that needs nothing stands before who needs it."""
    found: dict[str, int] = {}
    for slug in ordered:
        found[slug] = max((found[each] + 1 for each in before[slug]), default=0)
    late = {slug: min(found[each] for each in after[slug]) - 1 for slug in found if not before[slug] and after[slug]}
    return found | late


def _groups(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[list[str]]:
    """Return the chapters that hang together, each group in the order of the book's."""
    groups: list[list[str]] = []
    seen: set[str] = set()
    for slug in before:
        group, unseen = [], [slug]
        while unseen:
            each = unseen.pop()
            if each not in seen:
                seen.add(each)
                group.append(each)
                unseen += [*after[each], *before[each]]
        if group:
            groups.append(sorted(group, key=list(before).index))
    return groups


class _Group:
    """Chapters that hang together: the columns with their items, and through which items each line goes."""

    def __init__(
        self,
        slugs: Sequence[str],
        before: Mapping[str, list[str]],
        columns: Mapping[str, int],
        heights: Mapping[str, int],
    ) -> None:
        items = {slug: _Item(slug, heights[slug]) for slug in slugs}
        self.columns: list[list[_Item]] = [[] for _ in range(max(columns[slug] for slug in slugs) + 1)]
        self.chains: dict[tuple[str, str], list[_Item]] = {}
        for slug in slugs:
            self.columns[columns[slug]].append(items[slug])
        for slug in slugs:
            for needed in before[slug]:
                lanes = [_Item("", LANE) for _ in range(columns[needed] + 1, columns[slug])]
                for place, lane in enumerate(lanes, start=columns[needed] + 1):
                    self.columns[place].append(lane)
                self.chains[needed, slug] = [items[needed], *lanes, items[slug]]
        self._beside: dict[int, tuple[list[_Item], list[_Item]]] = {
            id(item): ([], []) for column in self.columns for item in column
        }
        for chain in self.chains.values():
            for left, right in pairwise(chain):
                self._beside[id(left)][1].append(right)
                self._beside[id(right)][0].append(left)
        for column in self.columns:
            _stack(column)
        for sweep in range(SWEEPS):
            rightwards = sweep % 2 == 0
            for column in self.columns if rightwards else self.columns[::-1]:
                self._arrange(column, 0 if rightwards else 1)
        first = min(item.y for column in self.columns for item in column)
        for item in (item for column in self.columns for item in column):
            item.y -= first

    def _arrange(self, column: list[_Item], side: int) -> None:
        """Order a column by its neighbours at one side, and move each item towards the middle of its own."""
        wanted = {id(item): self._middle(item, side) for item in column}
        column.sort(key=lambda item: wanted[id(item)])
        bottom = float("-inf")
        for item in column:
            item.y = max(wanted[id(item)] - item.height / 2, bottom)
            bottom = item.y + item.height + APART
        too_low = fmean(item.middle - wanted[id(item)] for item in column) if column else 0
        for item in column:
            item.y -= too_low

    def _middle(self, item: _Item, side: int) -> float:
        beside = self._beside[id(item)][side]
        return fmean(other.middle for other in beside) if beside else item.middle


def _stack(column: Iterable[_Item]) -> None:
    y = 0.0
    for item in column:
        item.y = y
        y += item.height + APART


def _path(chain: Sequence[_Item], column: int, top: int) -> str:
    """Draw from the right edge of a box, along the lanes of the columns between, to the left edge of another."""
    x, y = _x(column) + BOX, round(top + chain[0].middle)
    path = f"M{x} {y}"
    for place, item in enumerate(chain[1:], start=column + 1):
        y_next = round(top + item.middle)
        path += f"C{x + GAP // 2} {y} {x + GAP // 2} {y_next} {x + GAP} {y_next}"
        x, y = _x(place) + BOX, y_next
        path += f"H{x}" if not item.slug else ""
    return path
