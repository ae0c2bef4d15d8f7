"""Numbers in text, captions and alt texts that are tied to a cell: the ``value`` role, and cells with ``:values:``."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

from exegesis.catalogue import CheckError, read_values, typed_in
from exegesis.catalogue.written import ROLE, plainly, read_written
from exegesis.execution.notebook import cells_in_order, code_line, read_file
from exegesis.execution.sphinx import executed_notebook
from exegesis.fault import Kind, closest
from exegesis.sphinxext.faults import line_in, tell
from exegesis.sphinxext.patches.myst_nb import code_cells, has_option, is_output, notebook_of

from .pictures import picture

OPTIONS = ("claim", "values")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Cells:
    """The code cells of a page, hidden ones too; those of exercises are none of them."""

    all: list[NotebookNode]
    ran: bool  # all of them, to their end

    def bearing(self, name: str, *options: str) -> list[NotebookNode]:
        """Return those that have one of these options with this name."""
        return [cell for cell in self.all if any(cell.metadata.get(option) == name for option in options)]

    def names(self) -> list[str]:
        return [name for cell in self.all for option in OPTIONS if isinstance(name := cell.metadata.get(option), str)]

    def numbers(self, cell: NotebookNode, arithmetic: bool = False) -> dict[str, float] | None:
        """Return the numbers that a cell ends in; None where the page was not run.

        Args:
            cell: one of these cells, or one that is run after them.
            arithmetic: whether it may calculate with numbers that were typed in.

        Raises:
            CheckError: it ends in something else, or they were typed in.
        """
        before = [each.source for each in itertools.takewhile(lambda each: each is not cell, self.all)]
        if typed := _typed_in(cell.source, before, arithmetic):
            raise CheckError(f"{', '.join(typed)} is typed in, not computed; let the cell compute it")
        return printed_numbers(cell) if self.ran else None


def _typed_in(code: str, before: list[str], arithmetic: bool) -> list[str]:
    try:
        return typed_in(code, before, arithmetic)
    except (SyntaxError, ValueError):  # no Python, or IPython's commands beside it: whether it runs is told elsewhere
        return []


def printed_numbers(cell: NotebookNode) -> dict[str, float]:
    """Return the numbers that a cell that ran ends in.

    Raises:
        CheckError: it ends in something else.
    """
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    if not results:
        raise CheckError("its cell ends in no value; let the last line be a number or a dict of numbers")
    return read_values(results[-1].data.get("text/plain", ""))


def cells_of(document: nodes.document, env: BuildEnvironment) -> Cells:
    """Return the cells of the page that is parsed; none of a page that is no notebook."""
    return cells_in(notebook_of(document), env)


def cells_in(notebook: NotebookNode | None, env: BuildEnvironment) -> Cells:
    """Return the cells of a page by its notebook."""
    cells = cells_in_order(notebook) if notebook else []
    raised = any(output.output_type == "error" for cell in cells for output in cell.get("outputs", ()))
    return Cells(cells, not raised and executed_notebook(env) is not None)


def read_page(env: BuildEnvironment) -> tuple[NotebookNode | None, str]:
    """Return the notebook of the page whose transforms run, as it ran if it did; and the text of its file."""
    path = Path(env.doc2path(env.docname))
    text = page_text(path)
    try:
        return executed_notebook(env) or read_file(path, text), text
    except Exception:  # a front matter that is no YAML: the catalogue tells of it
        return None, text


class ValueRole(SphinxRole):
    """`` {value}`.53 <critics.start>` ``: the number as it is written, held against the cell's."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        cells = cells_of(self.inliner.document, self.env)
        return [nodes.Text(settled(self.env, cells, f"{{value}}`{self.text}`", self.lineno))], []


def settled(env: BuildEnvironment, cells: Cells, text: str, line: int = 1) -> str:
    """Return a text with its numbers as they are written; tell of those that no cell gives.

    Args:
        env: of the page.
        cells: of the page.
        text: plain, with roles in it.
        line: of the file, from which on the text is to be found.
    """

    def look(content: str) -> None:
        try:
            written = read_written(content)
            bearing = cells.bearing(written.cell, *OPTIONS)
            if not bearing:
                near = closest(written.cell, cells.names())
                raise CheckError(f"no cell bears ':claim: {written.cell}' or ':values: {written.cell}'; {near}")
            values = _known(cells, bearing[0])
            if values is not None:
                written.check(values)
        except CheckError as error:
            what, _, mend = str(error).partition("; ")
            tell(Kind.VALUE, what, mend, (env.docname, _line(env, content, line)))

    return plainly(text, look)


def _known(cells: Cells, cell: NotebookNode) -> dict[str, float] | None:
    try:
        return printed_numbers(cell) if cells.ran else None
    except CheckError:  # is told at the claim, or at the cell
        return None


def _line(env: BuildEnvironment, content: str, line: int) -> int:
    """Return the line at which a role stands, at or after one that is known; of a notebook the cell's number."""
    path = Path(env.doc2path(env.docname))
    if path.suffix == ".ipynb":
        return line_in(path.name, line)
    lines = page_text(path).splitlines(keepends=True)
    pattern = r"\{value\}`" + r"\s+".join(map(re.escape, content.split())) + "`"
    for begin in (line, 1):
        if found := re.search(pattern, "".join(lines[begin - 1 :])):
            return begin + "".join(lines[begin - 1 :]).count("\n", 0, found.start())
    return line


def directive_line(text: str, directive: str, name: str, before: int = 0) -> int | None:
    """Return the line, from 1, at which a page's text states something of this name; None where it is not found.

    Args:
        text: the page's.
        directive: what states it.
        name: what follows the directive's.
        before: how many of this name stand before it.
    """
    pattern = rf"^[ \t]*(?:`{{3,}}|:{{3,}})\{{{directive}\}}[ \t]+{re.escape(name)}[ \t]*$"
    found = list(re.finditer(pattern, text, re.MULTILINE))[: before + 1]
    return text.count("\n", 0, found[-1].start()) + 1 if found else None


def page_text(path: Path) -> str:
    """Return a page's text as Sphinx reads it, which tells what is no UTF-8."""
    return path.read_text(encoding="utf-8-sig", errors="replace")


class SettleValues(SphinxTransform):
    """Look through alt texts and through cells with ``:values:``; hide what these end in."""

    default_priority = 845

    def apply(self, **kwargs: Any) -> None:
        notebook, text = read_page(self.env)
        if "{value}" not in text and "values" not in text:
            return
        cells = cells_in(notebook, self.env)
        for image in self.document.findall(lambda node: isinstance(node, nodes.image | picture)):
            assert isinstance(image, nodes.Element)
            if "{value}" in image.get("alt", ""):
                image["alt"] = settled(self.env, cells, image["alt"])
        used = {target[1] for each in ROLE.finditer(text) if (target := re.search(r"<\s*([\w-]+)", each["content"]))}
        for index, cell in enumerate(notebook.cells if notebook else ()):
            name = cell.metadata.get("values")
            if notebook and cell.cell_type == "code" and name and (fault := _fault(cells, cell, str(name), used)):
                where = self.env.docname, code_line(notebook, index, text)
                tell(Kind.VALUE, f"the cell's values '{name}': {fault[0]}", fault[1], where)
        hide_values(self.document, "values")


def _fault(cells: Cells, cell: NotebookNode, name: str, used: set[str]) -> tuple[str, str] | None:
    """Return what is wrong with a cell that bears ``:values:``, and how to mend it."""
    if not _SLUG.fullmatch(name):
        return "the name is no slug", "use a-z, 0-9 and - only"
    if len(cells.bearing(name, *OPTIONS)) > 1 or cell.metadata.get("claim"):
        return "the cell, or another of this name, has a claim or values too", "give each a cell and a name of its own"
    try:
        cells.numbers(cell)
    except CheckError as error:
        what, _, mend = str(error).partition("; ")
        return what, mend
    if name not in used:
        return "no text has one of them", f"write {{value}}`0.53 <{name}>` where the number stands, or take it off"
    return None


def hide_values(document: nodes.document, option: str) -> None:
    """Take away what cells with this option end in, and leave pictures, warnings and errors."""
    for container in [node for node in code_cells(document) if has_option(node, option)]:
        for output in [child for child in container.children if _is_only_a_value(child)]:
            container.remove(output)


def _is_only_a_value(node: nodes.Node) -> bool:
    return is_output(node) and not any(
        isinstance(each, nodes.image) or "traceback" in each["classes"] for each in node.findall(nodes.Element)
    )


def setup(app: Sphinx) -> None:
    """Register the role and the check of cells."""
    app.add_role("value", ValueRole())
    app.add_transform(SettleValues)
