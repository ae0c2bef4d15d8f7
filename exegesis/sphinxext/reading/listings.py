"""The ``listing`` directive: the book's papers as cards, by venue, year, author or keyword, and its claims.

A listing is written from the catalogue, like a chapter's header; nothing of it is kept in
the page's source, so that there is one place for each fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue import Claim, Paper, Summary
from exegesis.catalogue.checks import shown as shown_number
from exegesis.catalogue.map import BOX, LINE, PADDING, draw
from exegesis.catalogue.needs import before
from exegesis.catalogue.shelf import ORDERS
from exegesis.fault import Kind, closest
from exegesis.sphinxext.addresses import from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.shelf import MEANING, Shelf, Shown
from exegesis.sphinxext.site.pdfs import book_pdf
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.titles import title_text

#: Kinds of listing, and what each shows: all papers in each order of the shelf, and others.
KINDS = {
    **{order: f"all papers, by {order}" for order in ORDERS},
    "changes": "what has changed in the chapters, the latest first",
    "claim": "one claim: `claim slug/name`",
    "claims": "the ledger: all claims, to be filtered and sorted",
    "evidence": "what doubting the chapters found, in numbers",
    "exercises": "all exercises, and how many of them a reader has solved",
    "gallery": "a card for each chapter; `gallery 6`: for the six that are newest",
    "group": "a card for each chapter that `_toc.yml` has below the page",
    "groups": "the chapters below each page of `_toc.yml`, in brief",
    "latest": "the chapters that are newest",
    "map": "the chapters, by what to read before each",
    "totals": "how many papers, summaries and claims there are",
    "wrong": "all that is said and does not come out",
}

LATEST = 48  # cards in the gallery of a large book
MAPPED = 60  # chapters on its map


class listing(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A listing; ``node["kind"]`` says which."""


class ListingDirective(SphinxDirective):
    """``{listing} kind``: what is written from the catalogue, so that no page repeats it."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        kind = self.arguments[0]
        if kind not in KINDS:
            where = self.env.docname, self.lineno
            tell(Kind.LISTING, f"there is no listing '{kind}'", closest(kind, KINDS), where)
            return []
        book = book_of(application_of(self.env))
        if not book.has_papers:
            mend = f"put chapters into {book.layout.papers}/, or take the listing out"
            tell(Kind.LISTING, "there are no papers to list", mend, (self.env.docname, self.lineno))
            return []
        records_of(self.env).listings.setdefault(self.env.docname, []).append(kind)
        given = self.arguments[1] if self.arguments[1:] else ""
        if given and not (kind == "claim" or (kind == "gallery" and given.isdecimal() and int(given))):
            mend = "give a whole number above 0" if kind == "gallery" else "take it out"
            tell(Kind.LISTING, f"'{given}' says nothing to the listing '{kind}'", mend, (self.env.docname, self.lineno))
            return []
        node = listing(kind=kind, of=given)
        self.set_source_info(node)
        return [node]


class FindThumbnails(SphinxPostTransform):
    """Let the builder copy the first figure of each chapter for the gallery."""

    default_priority = 300

    def run(self, **kwargs: Any) -> None:
        if not any(node["kind"] in ("gallery", "group") for node in self.document.findall(listing)):
            return
        for uri in records_of(self.env).thumbnails.values():
            if uri in self.env.images:
                application_of(self.env).builder.images[uri] = self.env.images[uri][1]


def _note_thumbnail(app: Sphinx, doctree: nodes.document) -> None:
    if not book_of(app).is_chapter(app.env.docname):
        return
    image = next(iter(doctree.findall(nodes.image)), None)
    if image is not None and image["uri"] in app.env.images:
        records_of(app.env).thumbnails[app.env.docname] = image["uri"]


def _thumbnail(shelf: Shelf, shown: Shown) -> str:
    """Return the address of a chapter's first figure, or nothing."""
    uri = records_of(shelf.app.env).thumbnails.get(shelf.book.docname(shown.summary))
    if uri is None or uri not in shelf.app.env.images:
        return ""
    return from_page(shelf.app, shelf.docname, f"{shelf.app.builder.imagedir}/{shelf.app.env.images[uri][1]}")


def _cards(shelf: Shelf) -> list[tuple[Paper, Shown]]:
    return [(entry.paper, shown) for entry in shelf.entries() for shown in shelf.summaries(entry)]


def _below(shelf: Shelf, *pages: str) -> list[list[tuple[Paper, Shown]]]:
    """Return the chapters below each of some pages, in the order of the table of contents."""
    cards = {shelf.book.docname(shown.summary): (paper, shown) for paper, shown in _cards(shelf)}
    includes = shelf.app.env.toctree_includes
    return [[cards[each] for each in includes.get(page, ()) if each in cards] for page in pages]


def _in_order(env: BuildEnvironment, docname: str, seen: set[str]) -> Iterator[str]:
    if docname not in seen:
        seen.add(docname)
        yield docname
        for below in env.toctree_includes.get(docname, ()):
            yield from _in_order(env, below, seen)


def _groups(shelf: Shelf) -> list[tuple[str, str, list[tuple[Paper, Shown]]]]:
    """Return the title and the address of each page that has chapters below it, with them."""
    env, uri = shelf.app.env, shelf.app.builder.get_relative_uri
    pages = list(_in_order(env, env.config.root_doc, set()))
    found = zip(pages, _below(shelf, *pages), strict=True)
    return [(title_text(shelf.app, page), uri(shelf.docname, page), below) for page, below in found if below]


def _map(shelf: Shelf) -> dict[str, Any]:
    """Lay out the map: every chapter, by what it needs; of a large book those that most others need."""
    catalogue = shelf.book.catalogue
    chapters = {shown.summary.slug: shown for _, shown in _cards(shelf)}
    drawn = sorted(chapters, key=lambda slug: (-len(catalogue.needed_by.get(slug, ())), slug))
    drawn = drawn[:MAPPED] if shelf.large else drawn
    needs = {
        slug: [each.slug for each in before(catalogue, chapters[slug].summary) if isinstance(each, Summary)]
        for slug in drawn
    }
    made = draw({slug: chapters[slug].title for slug in drawn}, needs)
    return {
        "left_out": len(chapters) - len(drawn),
        "map": made,
        "chapters": chapters,
        "before": {slug: [each for each in needed if each in chapters] for slug, needed in needs.items()},
        "size": {"box": BOX, "line": LINE, "padding": PADDING},
    }


def _changes(shelf: Shelf) -> list[tuple[str, str, Shown]]:
    """Return what was corrected in the book's own chapters, the latest first."""
    chapters = sorted((shown for _, shown in _cards(shelf)), key=lambda shown: shown.title.casefold())
    found = [(day, what, shown) for shown in chapters for day, what in shown.summary.changes]
    return sorted(found, key=lambda change: change[0], reverse=True)


def _wrong(shelf: Shelf) -> list[tuple[Paper, Shown, list[Claim]]]:
    """Return the chapters that correct something, with the claims that do."""
    cards = sorted(_cards(shelf), key=lambda card: card[1].title.casefold())
    found = [(paper, shown, [claim for claim in shown.claims if claim.is_corrected]) for paper, shown in cards]
    return [each for each in found if each[2]]


def _claim(shelf: Shelf, node: listing) -> dict[str, Any] | None:
    """Find one claim by its chapter and name; None, and a fault, where there is none."""
    slug, _, name = node["of"].partition("/")
    summary = shelf.book.catalogue.summaries.get(slug)
    chapter = shelf.shown(summary) if summary else None
    found = {claim.id: claim for claim in chapter.claims} if chapter else {}
    if name not in found:
        known = [f"{slug}/{each}" for each in found] or sorted(shelf.book.catalogue.summaries)
        tell(Kind.LISTING, f"there is no claim '{node['of']}'", closest(node["of"], known), node)
        return None
    return {
        "chapter": chapter,
        "claim": found[name],
        "shown": shown_number,
        "found": shelf.evidence.of(found[name]),
    }


def visit_listing(self: HTML5Translator, node: listing) -> None:
    """Write a listing from its template."""
    shelf = Shelf(application_of(self.builder), self.builder.current_docname)
    kind = node["kind"]
    values: dict[str, Any] = {"shelf": shelf, "kind": kind, "meaning": MEANING}
    if kind in ORDERS:
        values["groups"] = shelf.book.shelved(kind)
        template = "shelves.html"
    else:
        template = f"{kind}.html"
    if kind == "claim":
        found = _claim(shelf, node)
        if found is None:
            raise nodes.SkipNode
        values |= found
    if kind == "totals":
        address = book_pdf(shelf.app)
        values["pdf"] = from_page(shelf.app, shelf.docname, address) if address else ""
    if kind == "groups":
        values["groups"] = _groups(shelf)
    if kind == "map":
        values |= _map(shelf)
    if kind == "changes":
        values["changes"] = _changes(shelf)
    if kind == "wrong":
        values |= {"chapters": _wrong(shelf), "shown_number": shown_number}
    if kind in ("gallery", "group"):
        template = "gallery.html"
        cards = _cards(shelf) if kind == "gallery" else _below(shelf, shelf.docname)[0]
        shown_in_full = int(node["of"] or (LATEST if shelf.large else len(cards)))
        values |= {"cards": cards[:shown_in_full], "others": cards[shown_in_full:]}
        values["thumbnail"] = lambda shown: _thumbnail(shelf, shown)
    self.body.append(shelf.book.render(template, **values))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive and how listings are written."""
    app.add_directive("listing", ListingDirective)
    app.add_node(listing, html=(visit_listing, None))
    app.add_post_transform(FindThumbnails)
    app.connect("doctree-read", _note_thumbnail, priority=900)  # after Sphinx has collected the images
