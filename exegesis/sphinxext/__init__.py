"""The Sphinx adapter: turns the catalogue and the executed chapters into pages."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from exegesis import __version__

from . import book, citations, faults, identity, incremental
from .page import assets, chapter, discussion, downloads, metadata, navigation, references, runnable
from .page import links as page_links
from .patches import bibtex, builder, launch, numbers, results
from .reading import alt_texts, claims, listings, maths, sliders
from .site import exports, links, search


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; each module says what it adds."""
    identity.setup(app)  # what the book is called, and where it is
    book.setup(app)  # the catalogue, loaded once; the store of results
    builder.setup(app)  # pages that changed, read and written side by side
    results.setup(app)  # the stored result of each chapter, read once
    bibtex.setup(app)  # citations that do not scan the book
    claims.setup(app)  # the claim directive and what it collects
    citations.setup(app)  # who cites whom
    chapter.setup(app)  # the header and the closing sections of a chapter
    downloads.setup(app)  # a chapter as notebook, source and BibTeX; Colab and Binder
    listings.setup(app)  # the gallery, the browse pages and the claims ledger
    references.setup(app)  # each chapter's references and related papers
    runnable.setup(app)  # cells that run in the reader's browser
    discussion.setup(app)  # where to report an error; comments on request
    navigation.setup(app)  # the sidebar: a page's own branch of the book
    launch.setup(app)  # the theme's launch buttons, without its notebooks
    page_links.setup(app)  # what _config.yml links from every page
    numbers.setup(app)  # figures and formulas are numbered on each page from 1
    maths.setup(app)  # formulas, set while the book is built
    alt_texts.setup(app)  # every figure says in words what it shows
    sliders.setup(app)  # a value to move under a figure, with pictures made beforehand
    metadata.setup(app)  # what pages say of themselves to machines
    exports.setup(app)  # the records, claims and notebooks for machines; feed and sitemap
    search.setup(app)  # the index that the search page fetches in pieces
    links.setup(app)  # every link within the site leads somewhere
    incremental.setup(app)  # an incremental build equals a clean one
    faults.setup(app)  # a broken book stays red until it is mended
    assets.setup(app)  # style sheets, and what the stock theme loads in vain
    return {
        "version": __version__,
        "env_version": 3,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
