"""What the templates know of the book's papers: titles, addresses and evidence, as seen from one page."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx.application import Sphinx

from exegesis.catalogue import Claim, Evidence, Summary, count_by_evidence
from exegesis.catalogue.shelf import ORDERS, Entry, entries

from .book import Book, book_of
from .evidence import BookEvidence, evidence_of
from .records import records_of
from .titles import title_text

#: Summaries; listings of a larger book say less of each, or show only some.
LARGE = 150
#: What each kind of evidence vouches for, in a reader's words.
MEANING = {
    Evidence.RECOMPUTED: "the number follows from the paper's definitions, and this page computes it",
    Evidence.DEMONSTRATED: "the effect shows at toy scale, and this page shows it",
    Evidence.DERIVED: "it follows by arithmetic from numbers that the paper prints, and this page computes it",
    Evidence.QUOTED: "it needs data or machines that a page cannot have; cited, not checked",
}


@dataclass(frozen=True)
class Shown:
    """A summary as listings show it."""

    summary: Summary
    title: str  # of the chapter
    uri: str  # from the listing's page
    claims: list[Claim]
    minutes: int  # to read it

    @property
    def evidence(self) -> dict[Evidence, int]:
        return count_by_evidence(self.claims)


@dataclass(frozen=True)
class Shelf:
    """What the templates of listings ask for, on one page."""

    app: Sphinx
    docname: str  # of the page that shows the listing

    @property
    def book(self) -> Book:
        return book_of(self.app)

    @property
    def evidence(self) -> BookEvidence:
        """What became of changes to the chapters' code, and of other seeds."""
        return evidence_of(self.app)

    def shown(self, summary: Summary) -> Shown | None:
        """Return a summary with its title and address; None while its chapter has no place in the book."""
        target = self.book.docname(summary)
        if target not in self.app.env.titles:
            return None
        uri = self.app.builder.get_relative_uri(self.docname, target)
        records = records_of(self.app.env)
        title, claims = title_text(self.app, target), records.claims.get(target, [])
        return Shown(summary, title, uri, claims, records.minutes.get(target, 0))

    def summaries(self, entry: Entry) -> list[Shown]:
        return [shown for summary in entry.summaries if (shown := self.shown(summary))]

    def entries(self) -> list[Entry]:
        return [entry for entry in entries(self.book.catalogue) if self.summaries(entry)]

    def exercises(self) -> list[tuple[str, str]]:
        """Return the exercises that look at the answer: each as a reader's browser knows it, and its address."""
        uri = self.app.builder.get_relative_uri
        pages = sorted(records_of(self.app.env).exercises.items())
        return [(f"{page}#{each}", f"{uri(self.docname, page)}#{each}") for page, anchors in pages for each in anchors]

    @property
    def large(self) -> bool:
        """Whether a page with all that is known of every paper would be too long to be read, or to be sent."""
        return len(self.book.catalogue.summaries) > LARGE

    def orders(self) -> dict[str, str]:
        """Return the addresses of the browse pages, by what they are sorted by."""
        found = {order: browse_page(self.app, order) for order in ORDERS}
        uri = self.app.builder.get_relative_uri
        return {order: uri(self.docname, page) for order, page in found.items() if page}

    def browse(self, order: str, value: str) -> str:
        """Return the address of a value's place on its browse page, or nothing where the book has no such page."""
        page, place = browse_page(self.app, order), self.book.place(order, value)
        if page is None or place is None:
            return ""
        uri = "" if page == self.docname else self.app.builder.get_relative_uri(self.docname, page)
        return f"{uri}#{place}"


def browse_page(app: Sphinx, kind: str) -> str | None:
    """Return the document that has a listing of this kind."""
    pages = records_of(app.env).listings
    return next((name for name in sorted(pages) if kind in pages[name]), None)
