"""The PDFs that ``exegesis pdf`` printed of an earlier build, offered beside the pages.

No build makes them: that takes a browser and minutes. What is there is offered, unless a page that it shows was
changed since, and a site without any has no link to one. A build that is to be compared with a site that has some
is told which (`PDFS`), so that its pages are the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

from exegesis.manifest import PDFS, pdf_file
from exegesis.paths import book_name, pdf_path
from exegesis.sphinxext.addresses import slug_of
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.identity import title_of
from exegesis.sphinxext.state import is_site, once_a_build

from .exports import second_name


def chapter_pdf(app: Sphinx, docname: str) -> str:
    """Return the address of a chapter's PDF, from the site's root; nothing where there is none to offer."""
    return _offered(app, slug_of(docname), [docname]) if book_of(app).is_chapter(docname) else ""


@once_a_build
def book_pdf(app: Sphinx) -> str:
    """Return the address of the whole book's PDF, from the site's root; nothing where there is none to offer."""
    return _offered(app, book_name(title_of(app), book_of(app).catalogue.summaries), app.env.found_docs)


def _offered(app: Sphinx, name: str, shown: Iterable[str]) -> str:
    if not is_site(app) or book_of(app).preview:
        return ""
    if name in _told():
        return pdf_file(name)
    try:
        made = pdf_path(Path(app.srcdir), name).stat().st_mtime
    except FileNotFoundError:
        return ""
    changed = any(Path(app.env.doc2path(docname)).stat().st_mtime > made for docname in shown)
    return "" if changed else pdf_file(name)


def _told() -> set[str]:
    return set(os.environ.get(PDFS, "").split(",")) - {""}


def offered(app: Sphinx) -> list[str]:
    """Return the names of the PDFs that pages link, sorted."""
    found = {book_pdf(app), *(chapter_pdf(app, docname) for docname in app.env.found_docs)} - {""}
    return sorted(Path(address).stem for address in found)


def _publish(app: Sphinx, error: Exception | None) -> None:
    """Put into the site what its pages offer, and take away what they do not any more."""
    if error or not is_site(app) or book_of(app).preview:
        return
    names = offered(app)
    for old in Path(app.outdir, pdf_file("")).parent.glob("*.pdf"):
        if old.stem not in names:
            old.unlink()
    for name in set(names) - _told():
        second_name(pdf_path(Path(app.srcdir), name), Path(app.outdir, pdf_file(name)))


def setup(app: Sphinx) -> None:
    """Publish them when the pages are there."""
    app.connect("build-finished", _publish)
