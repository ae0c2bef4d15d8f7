"""A label names one place in the whole book, however many processes read it.

Sphinx notices two of a name only where one process reads both pages; else the links of one page lead to the
other's formula. So the labels of each page are kept, and compared when all are read. Sphinx's own warning of it
is left out, for it would come now and then (seen in Sphinx 7.4, 8.2 and 9.0;
https://github.com/sphinx-doc/sphinx/issues/4459).
"""

from __future__ import annotations

import logging
import os
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import NAMESPACE

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.records import records_of

#: Who warns by itself, by the name of its domain.
SOURCES = {"std": "sphinx.domains.std", "math": "sphinx.domains.math"}
_WARNING = "duplicate label"


def _note(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    labels: Any = app.env.get_domain("std")
    formulas: Any = app.env.get_domain("math")
    lines = {identity: node.line or 1 for identity, node in doctree.ids.items()}
    found = {f"label '{name}'": lines.get(at[1], 1) for name, at in labels.labels.items() if at[0] == docname}
    equations = {node["label"]: node.line or 1 for node in doctree.findall(nodes.math_block) if node.get("label")}
    own = [name for name, place in formulas.equations.items() if place[0] == docname]
    found |= {f"equation '{name}'": equations.get(name, 1) for name in own}
    records_of(app.env).labels[docname] = found


def _compare(app: Sphinx, env: BuildEnvironment) -> None:
    first: dict[str, str] = {}
    for docname, labels in sorted(records_of(env).labels.items()):
        for name, line in labels.items():
            if (other := first.setdefault(name, docname)) != docname:
                mend = "give one of the two another, and mend the references to it"
                tell(Kind.LABEL, f"the {name} is in {env.doc2path(other, False)} too", mend, (docname, line))


class _OtherPages(logging.Filter):
    """Leaves out what Sphinx says of labels on two pages; of two on one page it knows best."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__()
        self.app = app

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(_WARNING) or not isinstance(record.args, tuple):
            return True
        other = str(record.args[1])
        return other in (self.app.env.docname, os.fspath(self.app.env.doc2path(self.app.env.docname)))


def setup(app: Sphinx) -> None:
    """Note labels as pages are read, and compare them when all are."""
    silent = _OtherPages(app)
    loggers = [logging.getLogger(f"{NAMESPACE}.{name}") for name in SOURCES.values()]
    for logger in loggers:
        logger.addFilter(silent)

    def forget(app: Sphinx, error: Exception | None) -> None:
        for logger in loggers:
            logger.removeFilter(silent)

    app.connect("doctree-read", _note)
    app.connect("env-check-consistency", _compare)
    app.connect("build-finished", forget)
