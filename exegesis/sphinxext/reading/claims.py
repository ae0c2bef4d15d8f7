"""The ``claim`` directive: a statement of the paper, held against a cell's numbers."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue import CheckError, Claim, Declared, Evidence, Limits
from exegesis.catalogue.checks import Verdict, shown
from exegesis.catalogue.claims import read_claim, split_options
from exegesis.execution.notebook import code_line, has_lines
from exegesis.fault import Kind
from exegesis.sphinxext.addresses import slug_of
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.evidence import evidence_of
from exegesis.sphinxext.faults import line_in, tell
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.state import application_of

from .maths import FormulaError, Macros, formulas_in, macros_of, set_formula
from .values import cells_of, directive_line, hide_values, page_text, read_page, settled


class claim(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A claim; ``node["claim"]`` is the record, the children are its text."""


class ClaimDirective(SphinxDirective):
    """``{claim} name``: a statement of the paper, in the body, held against the cell with ``:claim: name``.

    The options are read here and not by MyST, which ends an option at its first line:
    a check takes one line for each relation.
    """

    required_arguments = 1
    final_argument_whitespace = True  # so that what is wrong with a name is told
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.id = self.arguments[0]
        path = Path(self.env.doc2path(self.env.docname))
        others = [other.id for other in records_of(self.env).claims.get(self.env.docname, ())]
        line = directive_line(page_text(path), "claim", self.id, others.count(self.id))
        self.claim_line = line or line_in(path.name, self.lineno)
        self.cells = cells_of(self.state.document, self.env)
        node = claim()
        try:
            _, body, offset = split_options(list(self.content))
            declared = read_claim(self.id, list(self.content), self.claim_line, others)
            self.state.nested_parse(StringList(body, source=""), self.content_offset + offset, node)
            record = self._claim(declared, " ".join(node.astext().split()), inline_html(node, macros_of(self.config)))
        except CheckError as error:
            self._fault(str(error))
            return []
        node["claim"] = record
        node["ids"] = [record.anchor]
        self.state.document.note_explicit_target(node)
        records_of(self.env).claims.setdefault(self.env.docname, []).append(record)
        return [node]

    def _fault(self, what: str, mend: str = "") -> None:
        tell(Kind.CLAIM, f"claim '{self.id}': {what}", mend, (self.env.docname, self.claim_line))

    def _claim(self, declared: Declared, text: str, html: str) -> Claim:
        """Judge what was declared; raises CheckError where the cell can't be read."""
        assert declared.evidence is not None
        limits = declared.limits and Limits(declared.limits.checks, self._settled(declared.limits.words))
        record = Claim(
            id=self.id,
            summary=slug_of(self.env.docname),
            text=text,
            html=html,
            source=declared.source,
            evidence=declared.evidence,
            line=self.claim_line,
            why=self._settled(declared.why),
            matters=self._settled(declared.matters),
            said=declared.said and replace(declared.said, words=self._settled(declared.said.words)),
            limits=limits,
            accepts=declared.accepts,
        )
        values = self._values(declared)
        return record if values is None else self._judged(record, declared, values)

    def _judged(self, record: Claim, declared: Declared, values: dict[str, float]) -> Claim:
        verdicts = tuple(check.judge(values) for check in declared.checks)
        for verdict in verdicts:
            if not verdict.holds:
                self._fault(
                    f"'{verdict.check}' does not hold: computed {verdict.computed:.12g}, against {_sides(verdict)}",
                    "mend the chapter, or say in it that the claim does not reproduce",
                )
        denied = tuple(check.judge(values) for check in (record.limits.checks if record.limits else ()))
        for verdict in denied:
            if not verdict.holds:
                became = "holds now" if verdict.comes_out else "can't be judged"
                self._fault(
                    f"'{verdict.check.relation_text}' of ':limits:' {became}: computed {verdict.computed:.12g}",
                    "take the line out and correct the words; without limits the claim holds in full"
                    if verdict.comes_out
                    else "mend the cell",
                )
        if (said := declared.said) and said.passes(values):
            self._fault(f"what is said ({said.text}) passes too", "it is no misreading, take ':said:' out")
        record = replace(record, verdicts=verdicts, limit_verdicts=denied)
        return replace(record, context=record.context_of(values))

    def _settled(self, text: str) -> str:
        """Return an option's words with the numbers that cells give; tell of formulas that do not parse."""
        for tex in formulas_in(text):
            try:
                set_formula(tex, False, macros_of(self.config))
            except FormulaError as error:
                self._fault(f"the formula ${tex}$ does not parse: {error}", "mend it, or take the dollar signs out")
        return settled(self.env, self.cells, text, self.claim_line)

    def _values(self, declared: Declared) -> dict[str, float] | None:
        """Return the numbers of the claim's cell; None where there are none, or the chapter was not run."""
        cells = self.cells.bearing(self.id, "claim")
        if declared.evidence is Evidence.QUOTED:
            if cells:
                raise CheckError("a quoted claim has no cell; take ':claim:' off the cell, or compute the claim")
            return None
        if len(cells) != 1:
            found = f"{len(cells)} cells bear its name" if cells else "no cell bears its name"
            raise CheckError(f"{found}; write ':claim: {self.id}' on the one cell that proves it")
        for accepted in declared.accepts:
            if not any(accepted.stands_in(cell.source) for cell in self.cells.all):
                raise CheckError(f"'{accepted.code}' of ':accepts:' is nowhere in the code; correct it or take it out")
        return self.cells.numbers(cells[0], arithmetic=declared.evidence is Evidence.DERIVED)


def _sides(verdict: Verdict) -> str:
    sides = [f"{verdict.expected:.12g}"]
    return " and ".join([f"{verdict.lower:.12g}", *sides] if verdict.lower is not None else sides)


def inline_html(node: nodes.Node, macros: Macros) -> str:
    """Return a text as HTML that stands by itself on any page: no links, formulas set."""
    if isinstance(node, nodes.Text):
        return html.escape(node.astext())
    if isinstance(node, nodes.math):
        try:
            return set_formula(node.astext(), False, macros)
        except FormulaError:  # reported where the page's formulas are set
            return html.escape(node.astext())
    inner = "".join(inline_html(child, macros) for child in node.children)
    tags: dict[type[nodes.Node], str] = {nodes.emphasis: "em", nodes.strong: "strong", nodes.literal: "code"}
    tag = tags.get(type(node))
    separator = " " if isinstance(node, nodes.paragraph) else ""
    return f"<{tag}>{inner}</{tag}>" if tag else inner + separator


class CheckClaimCells(SphinxTransform):
    """Report cells that bear a claim's name without a claim; hide the values that claims show."""

    default_priority = 840

    def apply(self, **kwargs: Any) -> None:
        docname = self.env.docname
        notebook, text = read_page(self.env)
        if "claim" not in text or notebook is None:
            return
        prose = text if has_lines(notebook) else "\n".join(cell.source for cell in notebook.cells)
        named = set(re.findall(r"^[ \t]*(?:`{3,}|:{3,})\{claim\}[ \t]+(\S+)", prose, re.MULTILINE))
        for index, cell in enumerate(notebook.cells):
            if (name := cell.metadata.get("claim")) and name not in named:
                what = f"the cell's claim '{name}' is stated nowhere"
                where = docname, code_line(notebook, index, text)
                tell(Kind.CLAIM, what, "add a 'claim' directive of that name", where)
        hide_values(self.document, "claim")


def visit_claim(self: HTML5Translator, node: claim) -> None:
    """Open the card: badge, source and permalink."""
    book = book_of(application_of(self.builder))
    self.body.append(book.render("claim-begin.html", claim=node["claim"]))


def depart_claim(self: HTML5Translator, node: claim) -> None:
    """Close the card with its verdicts."""
    app = application_of(self.builder)
    found = evidence_of(app).of(node["claim"])
    self.body.append(book_of(app).render("claim-end.html", claim=node["claim"], shown=shown, found=found))


def setup(app: Sphinx) -> None:
    """Register the directive, its node and the check of its cells."""
    app.add_directive("claim", ClaimDirective)
    app.add_transform(CheckClaimCells)
    app.add_node(claim, html=(visit_claim, depart_claim))
