"""Each chapter's own list of references, beside the one bibliography of the whole book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from pybtex_docutils import Backend
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.catalogue.graph import Relations, relations

from .book import Book, book_of
from .chapter import chapter_references, related_papers

_ATTRIBUTE = "_exegesis_citations"
_GRAPH = "_exegesis_graph"


class ChapterReferences(SphinxPostTransform):
    """List what a chapter cites, and let its citations point to that list.

    One bibliography for the book and no filtered one on each page: those would each
    scan all citations of the book.
    """

    default_priority = 200  # after Sphinx has resolved the citations

    def run(self, **kwargs: Any) -> None:
        docname = self.env.docname
        for placeholder in list(self.document.findall(chapter_references)):
            book = book_of(self.app)
            keys = set(citations_of(self.app).by_document.get(docname, []))
            listed = self._references(book, keys) if keys else nodes.paragraph("", "This chapter cites nothing.")
            placeholder.replace_self(listed)
            self._point_here(keys)
        for related in list(self.document.findall(related_papers)):
            related.replace_self(self._related(book_of(self.app)))

    def _references(self, book: Book, keys: set[str]) -> nodes.bullet_list:
        citations = citations_of(self.app)
        backend = Backend()
        items = nodes.bullet_list(classes=["references"])
        for key in sorted(keys & citations.entries.keys(), key=citations.order.__getitem__):
            paragraph = backend.paragraph(citations.entries[key])
            self._add_chapters(book, key, paragraph)
            items += nodes.list_item("", paragraph, ids=[f"cite-{key}"])
        return items

    def _related(self, book: Book) -> list[nodes.Node]:
        """List where to go next, what the paper builds on and what cites it, in this book."""
        summary = book.summary(self.env.docname)
        if summary is None:
            return []
        graph = graph_of(self.app).get(summary.paper, Relations())
        papers = book.catalogue.papers
        year = papers[summary.paper].year
        others = [key for key in graph.builds_on if key not in summary.see_also]
        groups = {
            "Read next": list(summary.see_also),
            "Builds on": [key for key in others if papers[key].year <= year],
            "Looks ahead to": [key for key in others if papers[key].year > year],
            "Cited by": graph.cited_by,
        }
        shown: list[nodes.Node] = []
        for name, keys in groups.items():
            if keys:
                shown += [nodes.rubric("", name), self._papers(book, keys)]
        return shown or [nodes.paragraph("", "No other paper of this book yet.")]

    def _papers(self, book: Book, keys: list[str]) -> nodes.bullet_list:
        items = nodes.bullet_list(classes=["see-also"])
        for key in keys:
            paper = book.catalogue.papers[key]
            paragraph = nodes.paragraph("", f"{paper.short_authors} ({paper.year}). ", nodes.emphasis("", paper.title))
            paragraph += nodes.Text(".")
            self._add_chapters(book, key, paragraph)
            items += nodes.list_item("", paragraph)
        return items

    def _add_chapters(self, book: Book, key: str, paragraph: nodes.paragraph) -> None:
        """Add links to the book's own chapters on the paper."""
        for summary in book.catalogue.summaries_of(key):
            target = book.docname(summary)
            if target == self.env.docname or target not in self.env.titles:
                continue
            uri = self.app.builder.get_relative_uri(self.env.docname, target)
            link = nodes.reference("", "Read it here", refuri=uri, internal=True, classes=["in-this-book"])
            paragraph += [nodes.Text(" "), link]

    def _point_here(self, keys: set[str]) -> None:
        for reference in self.document.findall(nodes.reference):
            _, found, key = reference.get("refuri", "").rpartition("#ref-")
            if found and key in keys:
                del reference["refuri"]
                reference["refid"] = f"cite-{key}"
                reference["internal"] = True
                reference["classes"].append("citation-link")


@dataclass
class Citations:
    """What the book cites, gathered in one pass a build."""

    by_document: dict[str, list[str]] = field(default_factory=dict)  # keys, as first cited
    entries: dict[str, Any] = field(default_factory=dict)  # key: formatted reference
    order: dict[str, int] = field(default_factory=dict)  # key: place in the bibliography


def citations_of(app: Sphinx) -> Citations:
    """Return the citations of the book that is being built."""
    found: Citations | None = getattr(app, _ATTRIBUTE, None)
    if found is None:
        found = Citations()
        domain: Any = app.env.get_domain("cite")
        for reference in domain.citation_refs:
            keys = found.by_document.setdefault(reference.docname, [])
            keys += [target.key for target in reference.targets if target.key not in keys]
        for place, citation in enumerate(domain.citations):
            found.entries[citation.key] = citation.formatted_entry
            found.order[citation.key] = place
        setattr(app, _ATTRIBUTE, found)
    return found


def graph_of(app: Sphinx) -> dict[str, Relations]:
    """Return how the book's papers are related; computed once a build."""
    found: dict[str, Relations] | None = getattr(app, _GRAPH, None)
    if found is None:
        by_document = citations_of(app).by_document
        book = book_of(app)
        cited = {slug: by_document.get(book.docname(each), []) for slug, each in book.catalogue.summaries.items()}
        found = relations(book.catalogue, cited)
        setattr(app, _GRAPH, found)
    return found


def _forget(app: Sphinx, *args: Any) -> None:
    setattr(app, _ATTRIBUTE, None)
    setattr(app, _GRAPH, None)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(ChapterReferences)
    app.connect("env-before-read-docs", _forget)
