"""A chapter in other forms: its notebook, source, BibTeX and PDF, and where the notebook can be run.

Colab opens a notebook by its place in a GitHub repository, Binder builds an environment from
a branch of one. Neither opens an address on a published site, so the executed notebooks are
pushed to a branch of their own: see 'make notebooks' and .github/workflows/publish.yml.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from exegesis.execution.notebook import IPYNB
from exegesis.sphinxext.addresses import from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.site.pdfs import chapter_pdf

NOTEBOOK = "exegesis_notebook"  # of a chapter that has one, in Sphinx's metadata of its page
GITHUB = re.compile(r"(?P<address>https://github\.com/(?P<name>[\w.-]+/[\w.-]+?))(\.git)?/?")


def downloads(app: Sphinx, docname: str) -> dict[str, str]:
    """Return the files of a chapter as its page links to them, by what to call them."""
    if book_of(app).preview:
        return {}  # they are made with the whole book
    files = {"BibTeX": f"{docname}.bib"}
    if app.config.html_copy_source and not is_ipynb(app, docname):  # else the notebook is the source
        suffix = app.config.html_sourcelink_suffix
        files = {"Markdown source": f"_sources/{docname}.md{'' if suffix == '.md' else suffix}"} | files
    if has_notebook(app, docname):
        files = {"Notebook": f"_sources/{docname}.ipynb"} | files
    if pdf := chapter_pdf(app, docname):
        files = {"PDF": pdf} | files
    return {name: from_page(app, docname, file) for name, file in files.items()}


def source_files(app: Sphinx, docname: str) -> dict[str, str]:
    """Return where in the site a page's source is, by what it ends in, and its notebook; whether or not it is there."""
    link = app.config.html_sourcelink_suffix
    suffixes = {suffix: suffix if suffix == link else suffix + link for suffix in app.config.source_suffix}
    return {suffix: f"_sources/{docname}{end}" for suffix, end in ({IPYNB: IPYNB} | suffixes).items()}


def is_ipynb(app: Sphinx, docname: str) -> bool:
    """Whether a page's source is a notebook, and no Markdown."""
    return Path(app.env.doc2path(docname)).suffix == IPYNB


def has_notebook(app: Sphinx, docname: str) -> bool:
    """Whether a chapter's executed notebook is published: one of words alone has none."""
    return NOTEBOOK in app.env.metadata[docname]


def launchers(repository: str, branch: str, slug: str) -> dict[str, str]:
    """Return where a chapter's notebook can be run; nothing unless it is on a branch at GitHub."""
    found = GITHUB.fullmatch(repository)
    if not found or not branch:
        return {}
    name = found["name"]
    return {
        "Open in Colab": f"https://colab.research.google.com/github/{name}/blob/{branch}/{slug}.ipynb",
        "Open in Binder": f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{slug}.ipynb",
    }
