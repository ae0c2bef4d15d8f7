"""An incremental build equals a clean one.

Sphinx writes a page again when its own source changed. But a page also shows what comes
from elsewhere: records of the bibliography, titles in the navigation, the text of
references. A digest of those is kept for each page, and pages whose digest changed are
written again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from exegesis.catalogue import Summary
from exegesis.catalogue.needs import before
from exegesis.sphinxext.page.downloads import source_files
from exegesis.sphinxext.page.navigation import navigation_of
from exegesis.sphinxext.page.terms import entries_of
from exegesis.sphinxext.reading.claim_links import find_claim
from exegesis.sphinxext.site.pdfs import book_pdf, chapter_pdf
from exegesis.sphinxext.state import is_site

from .book import book_of
from .citations import citations_of, graph_of
from .evidence import evidence_of
from .provenance import origin_of
from .records import records_of
from .shelf import Shelf


def _note(app: Sphinx, doctree: nodes.document) -> None:
    records = records_of(app.env)
    targets = sorted({node["reftarget"] for node in doctree.findall(pending_xref) if node.get("reftarget")})
    if targets:
        records.targets[app.env.docname] = targets
    headings = [(section["ids"], str(section.next_node(nodes.title))) for section in doctree.findall(nodes.section)]
    records.headings[app.env.docname] = hashlib.sha256(repr(headings).encode()).hexdigest()


def _pages_to_write(app: Sphinx, env: BuildEnvironment) -> list[str]:
    if not is_site(app):
        return []
    records = records_of(env)
    navigation = navigation_of(app)
    shelf = _whole_shelf(app) if records.listings else ""
    changed = []
    for docname in sorted(env.found_docs):
        inputs = [
            _records(app, docname),
            shelf if records.listings.get(docname) else "",
            navigation.beside(docname),
            navigation.sidebar(docname),
            _below(env, docname, records.headings),
            _references(app, docname, records.targets.get(docname, [])),
            _terms(env, docname),
            chapter_pdf(app, docname),
        ]
        digest = hashlib.sha256(repr(inputs).encode()).hexdigest()
        if records.digests.get(docname) != digest:
            records.digests[docname] = digest
            changed.append(docname)
    return changed


def _below(env: BuildEnvironment, docname: str, headings: dict[str, str]) -> list[Any]:
    """What the tables of contents on a page may show: the headings of all documents below it."""
    found: dict[str, Any] = {}
    unseen = [docname]
    while unseen:
        for name in env.toctree_includes.get(unseen.pop(), []):
            if name not in found:
                found[name] = headings.get(name), env.toc_secnumbers.get(name)
                unseen.append(name)
    return list(found.items())


def _records(app: Sphinx, docname: str) -> list[Any]:
    """What a page shows of the catalogue and the bibliography."""
    book = book_of(app)
    papers = book.catalogue.papers
    citations = citations_of(app)
    keys = citations.by_document.get(docname, [])
    shown: list[Any] = [str(citations.entries[key].text) for key in keys if key in citations.entries]
    if summary := book.summary(docname):
        shown += [evidence_of(app).chapters.get(summary.slug), origin_of(app, docname)]
        keys = [summary.paper, *summary.see_also, *keys]
        shown.append(summary)
    shown += [(papers.get(key), [other.slug for other in book.catalogue.summaries_of(key)]) for key in keys]
    if summary:
        graph = graph_of(app).get(summary.paper)
        related = [*graph.builds_on, *graph.cited_by] if graph else []
        shown += [graph, [(papers.get(key), _titles(app, key)) for key in (summary.paper, *related)]]
        shown.append(_addresses(app, summary.paper, summary.keywords))
        around = [*before(book.catalogue, summary), *book.catalogue.needed_by.get(summary.slug, [])]
        shown += [[(each, _titles(app, each.paper) if isinstance(each, Summary) else "") for each in around]]
    return shown


def _titles(app: Sphinx, key: str) -> list[str]:
    book = book_of(app)
    names = [book.docname(each) for each in book.catalogue.summaries_of(key)]
    return [app.env.titles[name].astext() for name in names if name in app.env.titles]


def _addresses(app: Sphinx, key: str, keywords: tuple[str, ...]) -> list[str]:
    """The places on the browse pages that a chapter's header links to."""
    shelf, paper = Shelf(app, "index"), book_of(app).catalogue.papers[key]
    values = [("venue", paper.venue), ("year", str(paper.year))]
    values += [("author", author) for author in paper.authors] + [("keyword", word) for word in keywords]
    return [shelf.browse(order, value) for order, value in values]


def _whole_shelf(app: Sphinx) -> str:
    """Return a digest of what listings show: everything there is to know of the summaries, and their claims."""
    shelf = Shelf(app, "index")
    shown = [
        [(entry.paper, shelf.summaries(entry)) for entry in shelf.entries()],
        graph_of(app),
        evidence_of(app).chapters,
        shelf.exercises(),
        [(name, app.env.images.get(uri, ("", ""))[1]) for name, uri in sorted(records_of(app.env).thumbnails.items())],
        sorted(shelf.book.catalogue.keywords.items()),
        book_pdf(app),
    ]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def _references(app: Sphinx, docname: str, targets: list[str]) -> list[Any]:
    """What references show of the places they aim at: titles, the numbers of figures, the texts of claims."""
    env = app.env
    labels: Any = env.get_domain("std")
    shown: list[Any] = []
    for target in targets:
        place = labels.labels.get(target) or labels.anonlabels.get(target)
        title = env.titles.get(target)
        shown.append((target, place, title.astext() if title else ""))
        if "claim-" in target and (found := find_claim(env, docname, target)):
            shown.append((found[0], found[1].text))
        if place:
            shown.append(records_of(env).numbers.get(place[0]))
    return shown


def _terms(env: BuildEnvironment, docname: str) -> list[Any]:
    """What a chapter shows of the glossary, and a glossary of the chapters."""
    records, entries = records_of(env), entries_of(env)
    shown: list[Any] = [str(entries[name].definition) for name in records.uses.get(docname, []) if name in entries]
    if own := records.terms.get(docname):
        titles = {name: title.astext() for name, title in env.titles.items()}
        shown += [(titles.get(name), used) for name, used in sorted(records.uses.items()) if own.keys() & set(used)]
    return shown


def _remove_gone(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Take away the files of documents that went; Sphinx leaves them."""
    for docname in removed:
        for name in (f"{docname}.html", f"{docname}.bib", *source_files(app, docname).values()):
            Path(app.outdir, name).unlink(missing_ok=True)
    return []


def _remove_other_sources(app: Sphinx, doctree: nodes.document) -> None:
    """Take away the notebook of a page that has no code any more, and the source of one that was of another kind."""
    docname = app.env.docname
    if is_site(app) and not book_of(app).preview:
        for suffix, name in source_files(app, docname).items():
            if suffix != Path(app.env.doc2path(docname)).suffix:
                Path(app.outdir, name).unlink(missing_ok=True)


def _pictures(app: Sphinx) -> Path:
    return Path(app.doctreedir, "exegesis-pictures.json")


def _note_pictures(app: Sphinx, env: BuildEnvironment, *documents: set[str]) -> list[str]:
    """Note which pictures earlier builds put into the site: others' extensions write their own beside them."""
    known = _noted(app) | {name for _, name in env.images.values()}
    _pictures(app).write_text(json.dumps(sorted(known)), encoding="utf-8")
    return []


def _noted(app: Sphinx) -> set[str]:
    try:
        return set(json.loads(_pictures(app).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return set()


def _remove_old_pictures(app: Sphinx, error: Exception | None) -> None:
    """Take away the pictures that no page shows any more; each new figure has a name of its own."""
    if error or app.builder.format != "html" or book_of(app).preview:
        return
    shown = {name for _, name in app.env.images.values()}
    for name in _noted(app) - shown:
        Path(app.outdir, app.builder.imagedir, name).unlink(missing_ok=True)
    _pictures(app).write_text(json.dumps(sorted(shown)), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Note what each page shows from elsewhere, and compare."""
    app.connect("doctree-read", _note)
    app.connect("doctree-read", _remove_other_sources, priority=400)  # before its notebook is written
    app.connect("env-updated", _pages_to_write)
    app.connect("env-get-outdated", _remove_gone)
    app.connect("env-get-outdated", _note_pictures)
    app.connect("build-finished", _remove_old_pictures)
