"""The ``claim`` directive: a statement of the paper, held against a cell's numbers."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.catalogue import CheckError, Claim, Evidence, parse_checks, parse_said, read_values, typed_in
from exegesis.catalogue.checks import shown
from exegesis.execution.notebook import code_line, has_lines, read_file
from exegesis.execution.sphinx import executed_notebook
from exegesis.fault import Kind
from exegesis.sphinxext.addresses import slug_of
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import line_in, tell
from exegesis.sphinxext.patches.myst_nb import code_cells, has_option, is_output, notebook_of
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.state import application_of

from .maths import FormulaError, Macros, macros_of, set_formula

OPTIONS = ("check", "evidence", "said", "source", "why")
_OPTION = re.compile(r"^:(\w+):\s*(.*)$")
_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


class claim(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A claim; ``node["claim"]`` is the record, the children are its text."""


class ClaimDirective(SphinxDirective):
    """Read a claim, and judge it by the value of the cell that bears its name.

    The options are read here and not by MyST, which ends an option at its first line:
    a check takes one line for each relation.
    """

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.id = self.arguments[0]
        path = Path(self.env.doc2path(self.env.docname))
        self.claim_line = _directive_line(_text(path), self.id) or line_in(path.name, self.lineno)
        options, body, offset = _split_options(list(self.content))
        node = claim()
        self.state.nested_parse(StringList(body, source=""), self.content_offset + offset, node)
        try:
            record = self._claim(options, " ".join(node.astext().split()), _inline_html(node, macros_of(self.config)))
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

    def _claim(self, options: dict[str, str], text: str, html: str) -> Claim:
        """Build the record; raises CheckError where the directive can't be read."""
        slug = slug_of(self.env.docname)
        if not _ID.match(self.id):
            raise CheckError("the name is no slug; use a-z, 0-9 and - only")
        if any(other.id == self.id for other in records_of(self.env).claims.get(self.env.docname, ())):
            raise CheckError("there is one of this name before; give each claim its own")
        if unknown := sorted(set(options) - set(OPTIONS)):
            raise CheckError(f"unknown option '{unknown[0]}'; known are {', '.join(OPTIONS)}")
        if missing := [name for name in ("evidence", "source") if not options.get(name)]:
            raise CheckError(f"'{missing[0]}' is missing; add ':{missing[0]}:'")
        if not text:
            raise CheckError("it says nothing; write the paper's statement below the options")
        try:
            evidence = Evidence(options["evidence"])
        except ValueError:
            known = ", ".join(e.value for e in Evidence)
            raise CheckError(f"'{options['evidence']}' is no evidence; choose {known}") from None
        known_parts = {
            "id": self.id,
            "summary": slug,
            "text": text,
            "html": html,
            "source": options["source"],
            "evidence": evidence,
            "line": self.claim_line,
            "why": options.get("why", ""),
        }
        if evidence is Evidence.QUOTED:
            return self._quoted(options, known_parts)
        return self._checked(options, known_parts)

    def _quoted(self, options: dict[str, str], parts: dict[str, Any]) -> Claim:
        if unfit := [name for name in ("check", "said") if name in options]:
            raise CheckError(f"a quoted claim has no '{unfit[0]}'; take it out, or compute the number")
        if not options.get("why"):
            raise CheckError("a quoted claim says why it can't be run; add ':why:'")
        if self._cells():
            raise CheckError("a quoted claim has no cell; take ':claim:' off the cell, or compute the claim")
        return Claim(**parts)

    def _checked(self, options: dict[str, str], parts: dict[str, Any]) -> Claim:
        checks = parse_checks(options.get("check", ""))
        for check in checks:
            if check.widened and not options.get("why"):
                raise CheckError(f"'{check}' is wider than what its digits print; say why with ':why:'")
        said = parse_said(options["said"], checks) if "said" in options else None
        values = self._values()
        if values is None:
            return Claim(**parts, said=said)  # not run: asked so, or reported elsewhere
        verdicts = tuple(check.judge(values) for check in checks)
        for verdict in verdicts:
            if not verdict.holds:
                self._fault(
                    f"'{verdict.check}' does not hold: computed {verdict.computed:.12g}, against "
                    f"{verdict.expected:.12g}",
                    "mend the chapter, or say in it that the claim does not reproduce",
                )
        if said and said.passes(values):
            self._fault(f"what is said ({said.expected}) passes too", "it is no misreading, take ':said:' out")
        record = Claim(**parts, said=said, verdicts=verdicts)
        record.context.update(record.context_of(values))
        return record

    @property
    def _all_cells(self) -> list[NotebookNode]:
        """The notebook's code cells, hidden ones too; none on a page that is no notebook."""
        notebook = notebook_of(self.state.document)
        return [cell for cell in notebook.cells if cell.cell_type == "code"] if notebook else []

    def _cells(self) -> list[NotebookNode]:
        return [cell for cell in self._all_cells if cell.metadata.get("claim") == self.id]

    def _values(self) -> dict[str, float] | None:
        """Return the numbers of the claim's cell; None where the chapter was not run."""
        cells = self._cells()
        if len(cells) != 1:
            found = f"{len(cells)} cells bear its name" if cells else "no cell bears its name"
            raise CheckError(f"{found}; write ':claim: {self.id}' on the one cell that proves it")
        (cell,) = cells
        if typed := typed_in(cell.source):
            raise CheckError(f"{', '.join(typed)} is typed in, not computed; let the cell compute it")
        if self._unexecuted():
            return None
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        if not results:
            raise CheckError("its cell ends in no value; let the last line be a number or a dict of numbers")
        return read_values(results[-1].data.get("text/plain", ""))

    def _unexecuted(self) -> bool:
        """Whether the notebook was left alone, or stopped at an error that is reported by itself."""
        raised = any(output.output_type == "error" for cell in self._all_cells for output in cell.outputs)
        return raised or executed_notebook(self.env) is None


def _inline_html(node: nodes.Node, macros: Macros) -> str:
    """Return a claim's text as HTML that stands by itself on any page: no links, formulas set."""
    if isinstance(node, nodes.Text):
        return html.escape(node.astext())
    if isinstance(node, nodes.math):
        try:
            return set_formula(node.astext(), False, macros)
        except FormulaError:  # reported where the page's formulas are set
            return html.escape(node.astext())
    inner = "".join(_inline_html(child, macros) for child in node.children)
    tags: dict[type[nodes.Node], str] = {nodes.emphasis: "em", nodes.strong: "strong", nodes.literal: "code"}
    tag = tags.get(type(node))
    separator = " " if isinstance(node, nodes.paragraph) else ""
    return f"<{tag}>{inner}</{tag}>" if tag else inner + separator


def _directive_line(text: str, name: str) -> int | None:
    found = re.search(rf"^[ \t]*(?:`{{3,}}|:{{3,}})\{{claim\}}[ \t]+{re.escape(name)}[ \t]*$", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _split_options(lines: list[str]) -> tuple[dict[str, str], list[str], int]:
    """Split a directive's content into its options, its text, and the line where the text begins.

    An option goes on over the indented lines that follow it.
    """
    options: dict[str, list[str]] = {}
    current, read = "", 0
    for line in lines:
        if found := _OPTION.match(line):
            current = found[1]
            options[current] = [] if found[2] in ("|", ">") else [found[2]]
        elif current and (line[:1].isspace() or not line.strip()):
            options[current].append(line)
        else:
            break
        read += 1
    return {name: "\n".join(value).strip() for name, value in options.items()}, lines[read:], read


class CheckClaimCells(SphinxTransform):
    """Report cells that bear a claim's name without a claim; hide the values that claims show."""

    default_priority = 840

    def apply(self, **kwargs: Any) -> None:
        docname = self.env.docname
        path = Path(self.env.doc2path(docname))
        text = _text(path)
        if "claim" not in text or (notebook := executed_notebook(self.env) or _notebook_or_none(path, text)) is None:
            return
        prose = text if has_lines(notebook) else "\n".join(cell.source for cell in notebook.cells)
        named = set(re.findall(r"^[ \t]*(?:`{3,}|:{3,})\{claim\}[ \t]+(\S+)", prose, re.MULTILINE))
        for index, cell in enumerate(notebook.cells):
            if (name := cell.metadata.get("claim")) and name not in named:
                what = f"the cell's claim '{name}' is stated nowhere"
                where = docname, code_line(notebook, index, text)
                tell(Kind.CLAIM, what, "add a 'claim' directive of that name", where)
        for container in [node for node in code_cells(self.document) if has_option(node, "claim")]:
            for output in [child for child in container.children if _is_only_a_value(child)]:
                container.remove(output)


def _text(path: Path) -> str:
    """Return a page's text as Sphinx reads it, which tells what is no UTF-8."""
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _notebook_or_none(path: Path, text: str) -> NotebookNode | None:
    try:
        return read_file(path, text)
    except Exception:  # a front matter that is no YAML: the catalogue tells of it
        return None


def _is_only_a_value(node: nodes.Node) -> bool:
    """An output without a picture, a warning or an error: the claim's card shows its numbers."""
    return is_output(node) and not any(
        isinstance(n, nodes.image) or "traceback" in n["classes"] for n in node.findall(nodes.Element)
    )


def visit_claim(self: HTML5Translator, node: claim) -> None:
    """Open the card: badge, source and permalink."""
    book = book_of(application_of(self.builder))
    self.body.append(book.render("claim-begin.html", claim=node["claim"]))


def depart_claim(self: HTML5Translator, node: claim) -> None:
    """Close the card with its verdicts."""
    book = book_of(application_of(self.builder))
    self.body.append(book.render("claim-end.html", claim=node["claim"], shown=shown))


def setup(app: Sphinx) -> None:
    """Register the directive, its node and the check of its cells."""
    app.add_directive("claim", ClaimDirective)
    app.add_transform(CheckClaimCells)
    app.add_node(claim, html=(visit_claim, depart_claim))
