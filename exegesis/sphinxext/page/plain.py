"""What this package adds, in formats that are no site: EPUB, LaTeX, text, XML.

A claim keeps its statement, its source and its verdicts, as paragraphs; an exercise all its parts; of a picture stay
the words that describe it, except in an EPUB. What leads about a site, or moves on it, is left out: headers with
downloads, listings, sliders (the figure stands above), comments.
An EPUB packs no scripts: that it does not know the files of the site is no fault.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.catalogue import Claim, Standing
from exegesis.catalogue.doubted import Doubted
from exegesis.sphinxext.evidence import evidence_of
from exegesis.sphinxext.reading.claims import claim
from exegesis.sphinxext.reading.exercises import exercise, exercise_checks, exercise_fold
from exegesis.sphinxext.reading.listings import listing
from exegesis.sphinxext.reading.pictures import picture
from exegesis.sphinxext.reading.sliders import slider
from exegesis.sphinxext.state import application_of, is_site

from .chapter import chapter_header, claims_table
from .discussion import chapter_discussion
from .editing import propose

_LEFT_OUT = (chapter_header, chapter_discussion, listing, propose, slider)


class WritePlainly(SphinxPostTransform):
    """Replace the nodes that only a site can show."""

    default_priority = 20  # before the formats' own: they meet docutils' nodes only

    def run(self, **kwargs: Any) -> None:
        if is_site(application_of(self.env)):
            return
        for node in list(self.document.findall(lambda node: isinstance(node, _LEFT_OUT))):
            node.parent.remove(node)
        for table in list(self.document.findall(claims_table)):
            records = [node["claim"] for node in table.parent.parent.findall(claim)]
            table.replace_self(_list(records, table))
        if application_of(self.env).builder.format != "html":  # an EPUB shows it
            for drawn in list(self.document.findall(picture)):
                drawn.replace_self(nodes.paragraph("", drawn["alt"]))
        evidence = evidence_of(application_of(self.env))
        for node in list(self.document.findall(claim)):
            lines = _paragraphs(node["claim"], evidence.of(node["claim"]))
            node.replace_self(nodes.container("", *node.children, *lines, ids=node["ids"]))
        for node in list(self.document.findall(exercise)):
            _write_exercise(node)


def _write_exercise(node: exercise) -> None:
    """Put words in the place of what opens and closes: paper, say, has no folds."""
    declared = node["exercise"]
    for checks in list(node.findall(exercise_checks)):
        items = [nodes.list_item("", nodes.paragraph("", str(wanted))) for wanted in declared.wanted]
        checks.replace_self(nodes.bullet_list("", *items))
    for fold in list(node.findall(exercise_fold)):
        fold.replace_self([nodes.paragraph("", f"{fold['summary']}:"), *fold.children])
    title = nodes.paragraph("", f"Exercise {node['number']}. {declared.title}")
    node.replace_self(nodes.container("", title, *node.children, ids=node["ids"]))


def _list(records: list[Claim], table: claims_table) -> nodes.bullet_list:
    """List the claims of a chapter, each with its verdict."""
    items = nodes.bullet_list()
    for record, text in zip(records, table.children, strict=True):
        unchecked = record.standing is Standing.UNCHECKED
        verdict = record.evidence.value if unchecked else record.standing.value
        items += nodes.list_item("", *text.children, nodes.paragraph("", f"({verdict})"))
    return items


def _paragraphs(record: Claim, found: Doubted | None) -> list[nodes.Node]:
    lines = [f"Claim, {record.evidence.value} ({record.source})."]
    for verdict in record.judged:
        lines.append(f"{verdict.check.relation_text}: this book computes {verdict.shown}; it {verdict.words}.")
    if record.limits:
        lines.append(f"What does not reproduce: {record.limits.words}")
    if record.why:
        lines.append(f"Why: {record.why}")
    if found:
        lines.append(f"Doubted: {found.summary}.")
    return [nodes.paragraph("", line) for line in lines]


def _leave_scripts(app: Sphinx) -> None:
    if app.builder.name == "epub":
        app.config.suppress_warnings = [*app.config.suppress_warnings, "epub.unknown_project_files"]


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(WritePlainly)
    app.connect("builder-inited", _leave_scripts)
