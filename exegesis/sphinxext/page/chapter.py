"""What is generated around a chapter: the header under its title, and the closing sections."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue import Claim, Paper, Summary, count_by_evidence
from exegesis.catalogue.graph import Relations
from exegesis.catalogue.needs import before
from exegesis.fault import Kind
from exegesis.manifest import NAME
from exegesis.sphinxext.addresses import from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.citations import graph_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.identity import key_of, title_of
from exegesis.sphinxext.provenance import origin_of
from exegesis.sphinxext.reading.claims import claim as claim_node
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.shelf import MEANING, Shelf
from exegesis.sphinxext.site.manifest import has_manifest
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.titles import title_text

from .discussion import chapter_discussion
from .downloads import downloads, has_notebook, launchers
from .editing import commit_address
from .terms import chapter_terms, marked

#: Of plain text; of what has to be thought about somewhat fewer than of a novel.
WORDS_A_MINUTE = 200


class chapter_header(nodes.General, nodes.Element):  # noqa: N801
    """Where the header goes; it is written from the catalogue."""


class claims_table(nodes.General, nodes.Element):  # noqa: N801
    """The chapter's claims at a glance; the children are the claims' texts, in order."""


class chapter_references(nodes.General, nodes.Element):  # noqa: N801
    """Where the chapter's own references go, until they are resolved."""


class related_papers(nodes.General, nodes.Element):  # noqa: N801
    """Where the related papers of this book go, until all citations are known."""


class AddGeneratedParts(SphinxTransform):
    """Put the header under the title, and the claims, terms and references at the end."""

    default_priority = 850  # when the text stands, before Sphinx collects the sections

    def apply(self, **kwargs: Any) -> None:
        if not book_of(application_of(self.env)).is_chapter(self.env.docname):
            return
        titled = [node for node in self.document if isinstance(node, nodes.section)]
        if not titled or not titled[0][0].astext().strip():
            tell(Kind.CHAPTER, "the chapter has no title", "begin it with '# Name of the paper'", (self.env.docname, 1))
            return
        for other in titled[1:]:
            what = f"'{' '.join(other[0].astext().split())}' is a second title, and would be a chapter of its own"
            tell(Kind.CHAPTER, what, "begin it with '##'", other)
        section = titled[0]
        records_of(self.env).minutes[self.env.docname] = _minutes(section)
        section.insert(1, chapter_header())
        if claims := list(section.findall(claim_node)):
            table = claims_table()
            for found in claims:
                text = nodes.container()
                text.extend(_without_ids(child.deepcopy()) for child in found.children)
                table += text
            section += self._section("claims", "Claims at a glance", table)
        if marked(section):
            section += self._section("terms", "Terms", chapter_terms())
        section += self._section("related-papers", "Related papers", related_papers())
        section += self._section("references", "References", chapter_references())
        section += chapter_discussion()

    def _section(self, name: str, title: str, content: nodes.Element) -> nodes.section:
        section = nodes.section("", nodes.title("", title), content, ids=[name], names=[name])
        self.document.note_implicit_target(section)
        return section


def _minutes(chapter: nodes.section) -> int:
    """Estimate how long the text takes to read; a formula counts as a word, code is looked at and not read."""
    words = sum(
        1 if isinstance(node.parent, nodes.math | nodes.math_block) else len(node.astext().split())
        for node in chapter.findall(nodes.Text)
        if not isinstance(node.parent, nodes.literal_block)
    )
    return max(1, round(words / WORDS_A_MINUTE))


def _without_ids(node: nodes.Node) -> nodes.Node:
    for element in node.findall(nodes.Element):
        element["ids"] = []
        element["names"] = []
    return node


def visit_header(self: HTML5Translator, node: chapter_header) -> None:
    """Write the header from the catalogue's records."""
    app = application_of(self.builder)
    book = book_of(app)
    docname = self.builder.current_docname
    summary = book.summary(docname)
    if summary is not None:  # else its front matter has a fault, which is told
        shelf = Shelf(app, docname)
        graph = graph_of(app).get(summary.paper, Relations())
        config, origin = app.config, origin_of(app, docname)
        paper, title = book.catalogue.papers[summary.paper], title_text(app, docname)
        self.body.append(
            book.render(
                "header.html",
                paper=paper,
                summary=summary,
                title=title,
                minutes=records_of(app.env).minutes.get(docname),
                before=[_named(shelf, each) for each in before(book.catalogue, summary)],
                after=[_named(shelf, each) for each in book.catalogue.needed_by.get(summary.slug, [])],
                others=[shelf.shown(each) for each in book.catalogue.summaries_of(summary.paper) if each != summary],
                evidence=count_by_evidence(records_of(app.env).claims.get(docname, [])),
                meaning=MEANING,
                browse=shelf.browse,
                record=summary.bibtex(key_of(app, summary.slug), title, title_of(app), paper),
                exercises=[f"{docname}#{each}" for each in records_of(app.env).exercises.get(docname, [])],
                origin=origin,
                commit=commit_address(config.exegesis_repository, origin.commit),
                manifest=from_page(app, docname, NAME) if has_manifest(app) else "",
                related={"cited by": len(graph.cited_by), "builds on": len(graph.builds_on)},
                downloads=downloads(app, docname),
                launchers=launchers(config.exegesis_repository, config.exegesis_notebook_branch, summary.slug)
                if has_notebook(app, docname)
                else {},
            )
        )
    raise nodes.SkipNode


def _named(shelf: Shelf, needed: Summary | Paper) -> tuple[str, str]:
    """Return what a chapter, or a paper that has none, is called, and its address; nothing where it has none."""
    shown = shelf.shown(needed) if isinstance(needed, Summary) else None
    if shown:
        return shown.title, shown.uri
    return (needed.title, next(iter(needed.links.values()), "")) if isinstance(needed, Paper) else (needed.slug, "")


def visit_claims_table(self: HTML5Translator, node: claims_table) -> None:
    """Write one row a claim; the texts are the node's children."""
    app = application_of(self.builder)
    records: list[Claim] = records_of(app.env).claims.get(self.builder.current_docname, [])
    texts = []
    for child in node.children:
        begin = len(self.body)
        child.walkabout(self)
        texts.append("".join(self.body[begin:]))
        del self.body[begin:]
    self.body.append(book_of(app).render("claims-table.html", rows=list(zip(records, texts, strict=True))))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the generated parts and how they are written."""
    app.add_transform(AddGeneratedParts)
    app.add_node(chapter_header, html=(visit_header, None))
    app.add_node(claims_table, html=(visit_claims_table, None))
    app.add_node(related_papers)
    app.add_node(chapter_references)
