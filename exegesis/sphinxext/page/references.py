"""Each chapter's own list of references, beside the one bibliography of the whole book."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from pybtex_docutils import Backend
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue.graph import Relations
from exegesis.sphinxext.book import Book, book_of
from exegesis.sphinxext.citations import citations_of, graph_of
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.theme import PART

from .chapter import chapter_references, related_papers


class ChapterReferences(SphinxPostTransform):
    """List what a chapter cites, and let its citations point to that list.

    One bibliography for the book and no filtered one on each page: those would each
    scan all citations of the book.
    """

    default_priority = 200  # after Sphinx has resolved the citations

    def run(self, **kwargs: Any) -> None:
        docname = self.env.docname
        for placeholder in list(self.document.findall(chapter_references)):
            book = book_of(application_of(self.env))
            keys = set(citations_of(application_of(self.env)).by_document.get(docname, []))
            listed = self._references(book, keys) if keys else nodes.paragraph("", "This chapter cites nothing.")
            placeholder.replace_self(listed)
            self._point_here(keys)
        for related in list(self.document.findall(related_papers)):
            related.replace_self(self._related(book_of(application_of(self.env))))

    def _references(self, book: Book, keys: set[str]) -> nodes.bullet_list:
        citations = citations_of(application_of(self.env))
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
        graph = graph_of(application_of(self.env)).get(summary.paper, Relations())
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
            uri = application_of(self.env).builder.get_relative_uri(self.env.docname, target)
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
                reference.attributes.pop("reftitle", None)  # the preview shows it, and is not read twice


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Write an entry of the bibliography: docutils gives it a role that is deprecated, and not allowed here."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", CLASS="citation", role="listitem"))


def _add_previews(app: Sphinx, pagename: str, *args: Any) -> None:
    if book_of(app).is_chapter(pagename):
        app.add_css_file("previews.css", priority=PART)
        app.add_js_file("previews.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the transform, and what shows a reference beside its citation."""
    app.add_post_transform(ChapterReferences)
    app.add_node(nodes.citation, override=True, html=(visit_citation, HTML5Translator.depart_citation))
    app.connect("html-page-context", _add_previews)
