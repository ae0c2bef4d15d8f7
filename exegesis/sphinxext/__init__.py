"""The Sphinx adapter: turns the catalogue and the executed chapters into pages."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from exegesis import __version__

from . import (
    book,
    contract,
    env_version,
    evidence,
    faults,
    identity,
    incremental,
    provenance,
    records,
    settings,
    state,
    theme,
    titles,
)
from .page import (
    assets,
    chapter,
    discussion,
    editing,
    figures,
    metadata,
    navigation,
    outputs,
    permalinks,
    plain,
    policy,
    references,
    runnable,
    terms,
)
from .page import links as page_links
from .patches import bibtex, builder, external_toc, launch, multitoc, myst_nb, numbers, substitutions, symlinks, thebe
from .patches import theme as theme_files
from .reading import (
    alt_texts,
    cells,
    characters,
    claim_links,
    claims,
    exercises,
    fences,
    files,
    labels,
    listings,
    markup,
    maths,
    paths,
    pictures,
    raw_html,
    remote,
    schemes,
    sliders,
    sources,
)
from .reading import values as reading_values
from .site import exports, front_door, links, manifest, notebooks, pdfs, redirects, search

#: What the extension is made of, in an order to be read: none of them needs another to be set up before it.
PARTS = (
    settings,  # every option, and what must be set beside them
    identity,  # what the book is called, and where it is
    book,  # the catalogue, loaded once; the notebooks, run before pages are read
    contract,  # ... held to what every one keeps to
    records,  # what is kept of each document
    provenance,  # which commit it is, and with what the cells ran
    evidence,  # what became of changes to the chapters' code, and of other seeds
    theme,  # the shell of a page, inherited from sphinx-book-theme
    chapter,  # the header with its downloads, and the closing sections of a chapter
    references,  # each chapter's references and related papers
    terms,  # the glossary, and each chapter's list of its terms
    discussion,  # where to report an error; comments on request
    editing,  # ... and where to begin a summary, in the repository's web editor
    runnable,  # cells that run in the reader's browser
    navigation,  # the sidebar: a page's own branch of the book
    page_links,  # what _config.yml links from every page
    permalinks,  # links to places of a page, which say where they lead
    plain,  # claims in formats that are no site
    metadata,  # what pages say of themselves to machines
    assets,  # what a page loads
    policy,  # ... and may
    claims,  # the claim directive
    claim_links,  # ... and links to claims
    exercises,  # questions whose answers are held against checks
    reading_values,  # numbers in the text that a cell gives
    labels,  # one place for each, in the whole book
    listings,  # the gallery, the browse pages and the claims ledger
    paths,  # chapters to be read one after the other
    maths,  # formulas, set while the book is built
    titles,  # ... and told as text where they cannot be set
    sliders,  # a value to move under a figure, with pictures made beforehand
    pictures,  # drawn for the book, in the colours of the page
    figures,  # ... which opens large, and is never too small for its words
    alt_texts,  # every figure says in words what it shows
    markup,  # text that looks like markup is told
    cells,  # ... and options of cells that mean nothing
    characters,  # ... and characters that nobody sees
    fences,  # ... and what does not end
    raw_html,  # ... and HTML that is not on a short list
    sources,  # pages are files of the book, each once
    files,  # what a page takes in stands in the book
    remote,  # ... and not on the network
    outputs,  # HTML that cells give acts in a place of its own
    schemes,  # links lead to the web
    exports,  # the records and claims for machines; feed and sitemap
    notebooks,  # each chapter to take along, executed
    pdfs,  # ... and on paper, where it was printed
    search,  # the index that the search page fetches in pieces
    front_door,  # a page at the root that leads to the home page
    redirects,  # ... and at each former address of a chapter one that leads there
    manifest,  # the digest of each file, and what it was made from
    links,  # every link within the site leads somewhere
    incremental,  # an incremental build equals a clean one
    faults,  # a broken book stays red until it is mended
    builder,  # pages that changed, read and written side by side
    myst_nb,  # what MyST-NB knows of a page
    substitutions,  # text that is taken in runs nothing
    symlinks,  # links on the disk that have no end
    bibtex,  # citations that do not scan the book
    numbers,  # figures and formulas are numbered on each page from 1
    external_toc,  # titles that changed in _toc.yml
    multitoc,  # reading in parallel
    thebe,  # nothing of another host
    theme_files,  # the theme's style sheets without its icon font
    launch,  # the theme's launch buttons, without its notebooks
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; each module says what it adds."""
    for name in ("exegesis.execution.sphinx", "sphinxcontrib.bibtex"):  # what our transforms and events come after
        app.setup_extension(name)
    state.setup(app)  # where the parts keep what they find out
    for part in PARTS:
        part.setup(app)
    return {
        "version": __version__,
        "env_version": env_version.number(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
