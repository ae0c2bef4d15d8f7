"""A label names one place in the whole book, however many processes read it; so does a footnote on its page.

Sphinx notices two of a name only where one process reads both pages; else the links of one page lead to the
other's formula. So the labels of each page are kept, and compared when all are read. Sphinx's own warnings of it
are left out: they would come now and then, and of two on one page two or three times (seen in Sphinx 7.4, 8.2
and 9.0; https://github.com/sphinx-doc/sphinx/issues/4459). What MyST-Parser says of two footnotes gets its line; what
it and Sphinx say of those that nothing refers to is left out, for the module ``markup`` names them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import NAMESPACE

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.records import records_of

#: Who warns by itself, and docutils.
SOURCES = (
    "sphinx.domains.std",
    "sphinx.domains.math",
    "sphinx.transforms",  # of footnotes
    "myst_parser.warnings_",  # ... in its place, from MyST-Parser 4 on
)
DOCUTILS = "sphinx.util.docutils"
#: How what is told here begins where they tell it.
TOLD = re.compile(r'duplicate label|Duplicate explicit target name: |Duplicate ID: "equation-|Footnote \[(?!\*)')
_TWICE = re.compile(r"(?:Multiple|Duplicate) footnote definitions? found for label: '(?P<name>[^']*)'")


def _note(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    labels: Any = app.env.get_domain("std")
    lines = {identity: node.line or 1 for identity, node in doctree.ids.items()}
    found = {f"label '{name}'": lines.get(at[1], 1) for name, at in labels.labels.items() if at[0] == docname}
    for label, line in sorted(_labels(doctree), key=lambda each: each[1]):
        if found.setdefault(label, line) != line:
            _tell(label, f"at line {found[label]}", (docname, line))
    records_of(app.env).labels[docname] = found


def _labels(doctree: nodes.document) -> Iterator[tuple[str, int]]:
    """Yield the formulas with a label, and the labels that docutils has taken from nodes since others have them too."""
    for formula in doctree.findall(nodes.math_block):
        if formula.get("label"):
            yield f"equation '{formula['label']}'", formula.line or 1
    for node in doctree.findall(nodes.Element):
        names: list[str] = node.get("dupnames", [])
        for name in names:
            if doctree.nametypes.get(name):  # else the title of a section
                yield f"label '{name}'", node.line or 1


def _compare(app: Sphinx, env: BuildEnvironment) -> None:
    first: dict[str, str] = {}
    for docname, labels in sorted(records_of(env).labels.items()):
        for name, line in labels.items():
            if (other := first.setdefault(name, docname)) != docname:
                _tell(name, f"in {env.doc2path(other, False)}", (docname, line))


def _tell(name: str, where: str, location: tuple[str, int]) -> None:
    mend = "give one of the two another, and mend the references to it"
    tell(Kind.LABEL, f"the {name} is {where} too", mend, location)


def _to_one_of_two(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Let references to labels that a page has twice pass: that is told once, at the label."""
    name = f"label '{node['reftarget']}'"
    return content if any(name in labels for labels in records_of(env).labels.values()) else None


class _ToldHere(logging.Filter):
    """Leaves out what is told here, and gives the rest its line."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__()
        self.app = app

    def filter(self, record: logging.LogRecord) -> bool:
        if found := _TWICE.match(str(record.msg)):
            path = Path(self.app.env.doc2path(self.app.env.docname))
            text = path.read_text(encoding="utf-8", errors="replace")
            places = list(re.finditer(rf"^[ \t>]*\[\^{re.escape(found['name'])}\]:", text, re.MULTILINE))
            if len(places) > 1:
                record.location = self.app.env.docname, text.count("\n", 0, places[1].start()) + 1
        return not TOLD.match(str(record.msg))


def setup(app: Sphinx) -> None:
    """Note labels as pages are read, and compare them when all are."""
    silent = _ToldHere(app)
    loggers = [logging.getLogger(f"{NAMESPACE}.{name}") for name in (*SOURCES, DOCUTILS)]
    for logger in loggers:
        logger.addFilter(silent)

    def forget(app: Sphinx, error: Exception | None) -> None:
        for logger in loggers:
            logger.removeFilter(silent)

    app.connect("doctree-read", _note)
    app.connect("env-check-consistency", _compare)
    app.connect("missing-reference", _to_one_of_two)
    app.connect("build-finished", forget)
