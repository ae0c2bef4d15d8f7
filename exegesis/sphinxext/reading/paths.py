"""The ``path`` directive: chapters to be read one after the other, each step with its level and minutes."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.fault import Kind, closest
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.shelf import Shelf
from exegesis.sphinxext.state import application_of

_STEP = re.compile(r"^([a-z0-9]+(?:-[a-z0-9]+)*):(?:\s+(.*))?$")


class path(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A reading path; ``node["title"]`` is its name, the children are its steps."""


class step(nodes.General, nodes.Element):  # noqa: N801
    """One chapter; ``node["slug"]`` says which, the children are what is said of it."""


class PathDirective(SphinxDirective):
    """``{path} Its name``: a line for each step, ``slug: why it is read here``, which may go on, indented."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        found, book = path(title=self.arguments[0]), book_of(application_of(self.env))
        for offset, (slug, words) in self._steps():
            if slug not in book.catalogue.summaries:
                known = sorted(book.catalogue.summaries)
                what = f"there is no chapter '{slug}'" if slug else f"'{words}' is no step of a path"
                mend = closest(slug, known) if slug else "write 'slug: why it is read here'"
                tell(Kind.LISTING, what, mend, (self.env.docname, self.lineno + offset + 1))
                continue
            node = step(slug=slug)
            self.state.nested_parse(StringList([words], source=""), self.content_offset + offset, node)
            found += node
        records_of(self.env).listings.setdefault(self.env.docname, []).append("path")
        return [found] if found.children else []

    def _steps(self) -> list[tuple[int, tuple[str, str]]]:
        steps: list[tuple[int, tuple[str, str]]] = []
        for offset, line in enumerate(self.content):
            if line[:1].isspace() and steps:
                number, (slug, words) = steps[-1]
                steps[-1] = number, (slug, f"{words} {line.strip()}")
            elif line.strip():
                match = _STEP.match(line)
                steps.append((offset, (match[1], match[2] or "") if match else ("", line)))
        return steps


def visit_path(self: HTML5Translator, node: path) -> None:
    """Open the path: its name, and how long it takes in all."""
    shelf = Shelf(application_of(self.builder), self.builder.current_docname)
    shown = [shelf.shown(shelf.book.catalogue.summaries[each["slug"]]) for each in node.findall(step)]
    minutes = sum(each.minutes for each in shown if each)
    self.body.append(shelf.book.render("path-begin.html", title=node["title"], steps=len(shown), minutes=minutes))


def depart_path(self: HTML5Translator, node: path) -> None:
    """Close the path."""
    self.body.append("</ol>\n</div>\n")


def visit_step(self: HTML5Translator, node: step) -> None:
    """Open a step: the chapter, its level and its minutes."""
    shelf = Shelf(application_of(self.builder), self.builder.current_docname)
    summary = shelf.book.catalogue.summaries.get(node["slug"])
    shown = shelf.shown(summary) if summary else None
    self.body.append(shelf.book.render("path-step.html", shown=shown, slug=node["slug"]))


def depart_step(self: HTML5Translator, node: step) -> None:
    """Close a step."""
    self.body.append("</li>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and how paths are written."""
    app.add_directive("path", PathDirective)
    app.add_node(path, html=(visit_path, depart_path))
    app.add_node(step, html=(visit_step, depart_step))
