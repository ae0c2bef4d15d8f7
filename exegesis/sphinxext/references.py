"""Each chapter's own list of references, beside the one bibliography of the whole book."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from pybtex_docutils import Backend
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.catalogue import Paper

from .book import Book, book_of
from .chapter import chapter_references

_ATTRIBUTE = "_exegesis_citations"


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
            listed: list[nodes.Node] = []
            if keys:
                listed.append(self._references(book, keys))
            summary = book.summary(docname)
            see_also = summary.see_also if summary else ()
            if see_also:
                listed += [nodes.rubric("", "Read next"), self._see_also(book, see_also)]
            placeholder.replace_self(listed or nodes.paragraph("", "This chapter cites nothing."))
            self._point_here(keys)

    def _references(self, book: Book, keys: set[str]) -> nodes.bullet_list:
        citations = citations_of(self.app)
        backend = Backend()
        items = nodes.bullet_list(classes=["references"])
        for key in sorted(keys & citations.entries.keys(), key=citations.order.__getitem__):
            paragraph = backend.paragraph(citations.entries[key])
            self._add_chapters(book, key, paragraph)
            items += nodes.list_item("", paragraph, ids=[f"cite-{key}"])
        return items

    def _see_also(self, book: Book, keys: tuple[str, ...]) -> nodes.bullet_list:
        items = nodes.bullet_list(classes=["see-also"])
        for key in keys:
            paper = book.catalogue.papers[key]
            paragraph = nodes.paragraph("", f"{_names(paper)} ({paper.year}). ", nodes.emphasis("", paper.title))
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


def _names(paper: Paper) -> str:
    surnames = [author.split()[-1] for author in paper.authors]
    return f"{surnames[0]} et al." if len(surnames) > 2 else " and ".join(surnames)


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


def _forget(app: Sphinx, *args: Any) -> None:
    setattr(app, _ATTRIBUTE, None)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(ChapterReferences)
    app.connect("env-before-read-docs", _forget)
