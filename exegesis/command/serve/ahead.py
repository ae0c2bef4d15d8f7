"""What a build will ask, worked out while the author writes.

Each answer is kept by all that it depends on, so that none is used for a text that was changed meanwhile.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterable
from pathlib import Path

import nbformat.v4
from docutils import nodes
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from sphinx.application import Sphinx

from exegesis.catalogue import chapter_files
from exegesis.catalogue.bibliography import read_bibliography
from exegesis.catalogue.doubted import KEPT, read_doubted
from exegesis.catalogue.evidence import evidence_path
from exegesis.contract.spelling import speller_of
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.reading.maths import FormulaError, formula_of, macros_of, set_formula
from exegesis.text import UnreadableError


def work_ahead(app: Sphinx, pages: Iterable[Path]) -> None:
    """Do what need not wait for a text: read the records, load the speller, set the formulas that are there.

    Args:
        app: the application, with the pages as they were read last.
        pages: the files that are likely to be read next.
    """
    book = book_of(app)
    papers = read_bibliography(book.root, book.layout).papers
    if app.config.exegesis_contract:
        speller_of(book.root / app.config.exegesis_words, papers)
    chapters = [] if book.preview else chapter_files(book.root, book.layout)  # it shows the evidence of one
    if len(chapters) <= KEPT:
        for path in chapters:
            with contextlib.suppress(UnreadableError):  # told by the build, as all that is wrong
                read_doubted(evidence_path(book.root, book.layout.papers, path.stem))
    # What stays of these: KaTeX's engine, and the schema of notebooks.
    set_formula("x", False)
    nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    known = {Path(app.env.doc2path(name)): name for name in app.env.all_docs}
    for page in pages:
        if page in known:
            # Not by the environment, which would keep it, and show it instead of what is read next.
            with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
                _set_page(app, pickle.loads(Path(app.doctreedir, f"{known[page]}.doctree").read_bytes()))


def _set_page(app: Sphinx, doctree: nodes.document) -> None:
    """Set the formulas of a page, and let the lexers of its code compile their expressions."""
    for node in doctree.findall(nodes.Element):
        if isinstance(node, nodes.math | nodes.math_block):
            with contextlib.suppress(FormulaError):
                set_formula(*formula_of(node), macros_of(app.config))
    for language in {node.get("language", "") for node in doctree.findall(nodes.literal_block)}:
        with contextlib.suppress(ClassNotFound):
            list(get_lexer_by_name(language).get_tokens("x"))
