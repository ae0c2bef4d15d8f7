"""Characters that nobody sees: they turn text round, break words and code in two, and are no XML."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.execution.notebook import IPYNB
from exegesis.fault import Kind
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.text import unseen


def _check(app: Sphinx, docname: str, source: list[str]) -> None:
    if Path(app.env.doc2path(docname)).suffix == IPYNB:
        return
    front = split_front_matter(source[0]) if book_of(app).is_chapter(docname) else None
    begin = front[1] if front else 0  # above it the catalogue looks
    for number, line in enumerate(source[0].split("\n")[begin:], start=begin + 1):
        if found := unseen(line):
            what, mend = found
            tell(Kind.MARKUP, f"the line {what}", mend, (docname, number))


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.connect("source-read", _check, priority=100)  # as it was typed
