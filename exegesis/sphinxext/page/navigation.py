"""The sidebar: the groups of the book, and of the reader's own group the chapters around the page.

The theme resolves and renders the table of contents of the whole book for each page, so that
its cost, and with many chapters in a group the page's weight, grow with the book. Here a page
shows the branch that it stands in, and of a long group its own neighbourhood, with a link to
the group's page, which lists them all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

from docutils import nodes
from markupsafe import Markup
from sphinx.addnodes import toctree
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.state import once_a_build

MOST = 40  # entries of a group in the sidebar
AROUND = 8  # of a longer one: so many before the page, and as many after it


@dataclass(frozen=True)
class Entry:
    """A line of the sidebar."""

    target: str  # a document or an address
    title: str
    current: bool  # the page or one of those above it
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Part:
    """A list of entries; ``left_out`` counts those that are on the parent's page only."""

    caption: str
    parent: str
    entries: tuple[Entry, ...]
    left_out: int


class Navigation:
    """What the sidebars of the book show, by the titles and tables of contents as they stand now."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.env = env
        self.relations = env.collect_relations()
        self._lists: dict[str, list[tuple[str, list[tuple[str | None, str]]]]] = {}

    def title(self, docname: str | None) -> str:
        title = self.env.titles.get(docname) if docname else None
        return title.astext() if title else ""

    def beside(self, docname: str) -> list[tuple[str | None, str]]:
        """Return the previous and the next page, with their titles."""
        _, *neighbours = self.relations.get(docname, [None, None, None])
        return [(name, self.title(name)) for name in neighbours]

    def sidebar(self, docname: str) -> tuple[Part, ...]:
        """Return the branch of the book that a page stands in."""
        root: str = self.env.config.root_doc
        branch = [docname]
        while (parent := self.relations.get(branch[-1], [None])[0]) and parent not in branch:
            branch.append(parent)
        return tuple(self._parts(root, [name for name in reversed(branch) if name != root]))

    def _parts(self, parent: str, branch: list[str]) -> Iterator[Part]:
        for caption, listed in self._lists_of(parent):
            place = next((i for i, (_, target) in enumerate(listed) if branch and target == branch[0]), None)
            first, last = _window(len(listed), place)
            entries = []
            for title, target in listed[first:last]:
                current = bool(branch) and target == branch[0]
                below = tuple(self._parts(target, branch[1:])) if current else ()
                entries.append(Entry(target, title or self.title(target) or target, current, below))
            if entries:
                yield Part(caption, parent, tuple(entries), len(listed) - len(entries))

    def _lists_of(self, docname: str) -> list[tuple[str, list[tuple[str | None, str]]]]:
        """Return the tables of contents on a page: their captions, and (own title, target) of what they list."""
        if docname not in self._lists:
            found = self.env.tocs.get(docname)
            tables = found.findall(toctree) if found else ()
            self._lists[docname] = [
                (table.get("caption") or "", [(title, self._target(table, ref)) for title, ref in table["entries"]])
                for table in tables
            ]
        return self._lists[docname]

    def _target(self, table: toctree, ref: str) -> str:
        return table["parent"] if ref == "self" else ref


def _window(length: int, place: int | None) -> tuple[int, int]:
    """Return which entries of a list to show: all of a short one, else those around a place."""
    if length <= MOST:
        return 0, length
    first = min(max(0, (place or 0) - AROUND), length - 2 * AROUND - 1)
    return first, first + 2 * AROUND + 1


@once_a_build
def navigation_of(app: Sphinx) -> Navigation:
    """Return the navigation of this build; ask when all pages are read."""
    return Navigation(app.env)


def _add(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    @functools.cache  # the theme asks twice, once to see whether there is anything to show
    def navigation() -> Markup:
        parts = navigation_of(app).sidebar(pagename)
        return Markup(
            book_of(app).render("navigation.html", parts=parts, page=pagename, address=address, title=_title(app))
        )

    def address(target: str) -> str:
        if urlparse(target).scheme:
            return target
        return "#" if target == pagename else app.builder.get_relative_uri(pagename, target)

    context["exegesis_navigation"] = navigation


def _title(app: Sphinx) -> Callable[[Entry], Markup]:
    """Return what renders titles; few of them have a formula or emphasis."""

    def title(entry: Entry) -> Markup:
        found = app.env.titles.get(entry.target)
        if found is None or entry.title != found.astext() or all(isinstance(each, nodes.Text) for each in found):
            return Markup.escape(entry.title)
        inline = nodes.inline("", "", *(child.deepcopy() for child in found.children))
        return Markup(app.builder.render_partial(inline)["fragment"])  # type: ignore[attr-defined]

    return title


def setup(app: Sphinx) -> None:
    """Give the theme's sidebar.html what it shows."""
    app.connect("html-page-context", _add, priority=400)  # the theme tries its templates at 500
