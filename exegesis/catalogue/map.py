"""The layout of the map of the book: one row or more for each year, the latest above."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .graph import Relations
from .model import Paper

#: In the units of the drawing; it is as wide as the page's column.
WIDTH, MARGIN = 760, 54
BOX_WIDTH, BOX_HEIGHT, GAP, ROW = 126, 52, 14, 104
LINES, LINE_LENGTH = 3, 19
PER_ROW = (WIDTH - MARGIN + GAP) // (BOX_WIDTH + GAP)


@dataclass(frozen=True)
class Node:
    """A paper on the map; ``x`` and ``y`` are the upper left corner of its box."""

    paper: Paper
    x: int
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """A line from a paper to one that it builds on, as an SVG path."""

    start: str
    end: str
    path: str


@dataclass(frozen=True)
class Map:
    """All that there is to draw."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    years: tuple[tuple[int, int], ...]  # year, y of its first row
    width: int
    height: int


def draw(papers: Sequence[Paper], titles: Mapping[str, str], graph: Mapping[str, Relations]) -> Map:
    """Lay the papers out.

    Args:
        papers: those of the book.
        titles: by key, what to call each on the map.
        graph: by key, how they are related.
    """
    by_year: dict[int, list[Paper]] = {}
    for paper in sorted(papers, key=lambda paper: (-paper.year, titles[paper.key].casefold())):
        by_year.setdefault(paper.year, []).append(paper)
    nodes: dict[str, Node] = {}
    years, row = [], 0
    for year, members in by_year.items():
        years.append((year, row * ROW))
        for begin in range(0, len(members), PER_ROW):
            line = members[begin : begin + PER_ROW]
            indent = (PER_ROW - len(line)) * (BOX_WIDTH + GAP) // 2  # centred, for shorter edges
            for place, paper in enumerate(line):
                x = MARGIN + indent + place * (BOX_WIDTH + GAP)
                nodes[paper.key] = Node(paper, x, row * ROW + 4, _wrapped(titles[paper.key]))
            row += 1
    edges: dict[tuple[str, str], Edge] = {}
    for key, node in nodes.items():
        for other in graph.get(key, Relations()).builds_on:
            # A chapter may also look ahead, to a later paper; that is no line of descent.
            if other in nodes and nodes[other].paper.year <= node.paper.year and (other, key) not in edges:
                edges[key, other] = Edge(key, other, _path(node, nodes[other]))
    return Map(tuple(nodes.values()), tuple(edges.values()), tuple(years), WIDTH, max(row, 1) * ROW)


def _wrapped(title: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(title, LINE_LENGTH, max_lines=LINES, placeholder=" …", break_long_words=True))


def _path(start: Node, end: Node) -> str:
    """Draw from the lower edge of the one to the upper edge of the other, or in a bow beneath both."""
    x0, x1 = start.x + BOX_WIDTH // 2, end.x + BOX_WIDTH // 2
    y0 = start.y + BOX_HEIGHT
    if end.y > start.y:
        middle = (y0 + end.y) // 2
        return f"M{x0} {y0} C{x0} {middle} {x1} {middle} {x1} {end.y}"
    y1 = end.y + BOX_HEIGHT
    low = max(y0, y1) + (ROW - BOX_HEIGHT) * 3 // 5
    return f"M{x0} {y0} C{x0} {low} {x1} {low} {x1} {y1}"
