"""A build reads no network: directives that would fetch what a page shows are refused."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst.directives.misc import Raw
from sphinx.application import Sphinx
from sphinx.directives.patches import CSVTable

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell


def _refuse(directive: Raw | CSVTable) -> list[nodes.Node]:
    what = f"{{{directive.name}}} would fetch {directive.options['url']} while the book is built"
    place = directive.state_machine.get_source_and_line(directive.lineno)
    mend = "keep a copy in the book, and name it in ':file:'"
    tell(Kind.FILE, what, mend, ":".join(str(part) for part in place if part))
    return []


class LocalRaw(Raw):
    """Takes in a file of the book, or its own text."""

    def run(self) -> list[nodes.Node]:
        return _refuse(self) if "url" in self.options else list(super().run())


class LocalCSVTable(CSVTable):
    """Takes in a file of the book, or its own text."""

    def run(self) -> list[Any]:
        return _refuse(self) if "url" in self.options else list(super().run())


def setup(app: Sphinx) -> None:
    """Put them in the places of those that fetch."""
    app.add_directive("raw", LocalRaw, override=True)
    app.add_directive("csv-table", LocalCSVTable, override=True)
