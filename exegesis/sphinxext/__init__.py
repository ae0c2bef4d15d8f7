"""The Sphinx adapter: turns the catalogue and the executed chapters into pages."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from exegesis import __version__

from . import book, faults, incremental, records, settings, state
from .page import assets, chapter, discussion, metadata, navigation, references, runnable
from .patches import bibtex, builder, numbers
from .reading import alt_texts, claims, listings, maths, sliders
from .site import exports, search


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; each module says what it adds."""
    state.setup(app)  # what is found out once
    settings.setup(app)  # every option, and what must be set beside them
    book.setup(app)  # the catalogue, loaded once; the notebooks, run before pages are read
    builder.setup(app)  # pages that changed, read and written side by side
    bibtex.setup(app)  # citations that do not scan the book
    app.add_domain(records.Records)  # what is kept of each document
    claims.setup(app)  # the claim directive
    chapter.setup(app)  # the header with its downloads, and the closing sections of a chapter
    listings.setup(app)  # the gallery, the browse pages and the claims ledger
    references.setup(app)  # each chapter's references and related papers
    runnable.setup(app)  # cells that run in the reader's browser
    discussion.setup(app)  # where to report an error; comments on request
    navigation.setup(app)  # the sidebar: a page's own branch of the book
    numbers.setup(app)  # figures and formulas are numbered on each page from 1
    maths.setup(app)  # formulas, set while the book is built
    alt_texts.setup(app)  # every figure says in words what it shows
    sliders.setup(app)  # a value to move under a figure, with pictures made beforehand
    metadata.setup(app)  # what pages say of themselves to machines
    exports.setup(app)  # the records, claims and notebooks for machines; feed and sitemap
    search.setup(app)  # the index that the search page fetches in pieces
    incremental.setup(app)  # an incremental build equals a clean one
    faults.setup(app)  # a broken book stays red until it is mended
    assets.setup(app)  # style sheets, and what the stock theme loads in vain
    return {
        "version": __version__,
        "env_version": 3,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
