"""A chapter is held to the contract as it is read, by the same rules as by ``exegesis check``."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from exegesis.contract import RULES, Book, check_chapter
from exegesis.text import UnreadableError, read_text

from .book import book_of
from .faults import pass_on
from .state import once_a_build


@once_a_build
def contract_of(app: Sphinx) -> Book:
    """Return what the rules ask of the book."""
    book, env = book_of(app), app.env
    return Book(
        book.root,
        book.layout,
        frozenset(app.config.exegesis_libraries),
        app.config.exegesis_words,
        frozenset(app.config.exegesis_uses),
        book.catalogue,
        {name: Path(env.doc2path(name)) for name in env.found_docs},
    )


def _prepare(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Load the speller before readers are forked: each would load its own."""
    if app.config.exegesis_contract and any(map(book_of(app).is_chapter, docnames)):
        contract_of(app).speller  # noqa: B018


def _check(app: Sphinx, docname: str, source: list[str]) -> None:
    if not app.config.exegesis_contract or not book_of(app).is_chapter(docname):
        return
    path = Path(app.env.doc2path(docname))
    book = contract_of(app)
    if (words := book.root / book.words).is_file():
        app.env.note_dependency(str(words))
    try:
        text = read_text(path)
    except UnreadableError:  # told by the catalogue
        return
    codes = [code for code, rule in RULES.items() if not (rule.is_told or rule.uses)]
    for fault in check_chapter(book, path, text, codes=codes):
        pass_on(app, fault)


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.connect("env-before-read-docs", _prepare)
    app.connect("source-read", _check)
