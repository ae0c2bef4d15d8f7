"""Each chapter's notebook as readers download it: executed, with its numbers, pictures and commands at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode, v4
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from exegesis.catalogue import Claim
from exegesis.catalogue.written import plainly
from exegesis.execution.exercises import as_posed
from exegesis.execution.frames import without_frames
from exegesis.execution.sphinx import executed_notebook
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.page.downloads import NOTEBOOK, has_notebook, is_ipynb
from exegesis.sphinxext.page.terms import without_terms
from exegesis.sphinxext.patches.myst_nb import succeeded
from exegesis.sphinxext.reading.maths import Macros, macros_of
from exegesis.sphinxext.reading.pictures import as_images
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.state import is_site

from .exports import write_changed


def executed_notebook_text(
    notebook: NotebookNode, claims: list[Claim], macros: Macros = (), folder: Path = Path()
) -> str:
    """Return an executed notebook as readers get it: nothing in it depends on who ran it, or when.

    Myst-nb's own copy is the notebook before it ran, with new cell ids at each build. A cell
    that proves a claim has the claim's checks beside its name, for whoever runs it again. The
    numbers of the text stand there as they are written, without the role. A schematic picture, which is looked for
    from the chapter's folder, is an image that the notebook brings along. What its formulas use of
    the book's own commands is defined first: Jupyter does not know them.
    """
    shown = as_posed(without_frames(notebook))
    shown.metadata.pop("source_map", None)
    proved = {claim.id: claim.judged for claim in claims}
    for index, cell in enumerate(shown.cells):
        cell["id"] = f"cell-{index}"
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            cell["source"] = plainly(as_images(without_terms(cell["source"]), folder))
        elif "mystnb" in cell.metadata:
            cell.metadata["mystnb"] = _plainly(cell.metadata["mystnb"])
        if verdicts := proved.get(cell.metadata.get("claim")):
            cell.metadata["check"] = "\n".join(str(verdict.check) for verdict in verdicts)
    if used := _definitions(shown, macros):
        shown.cells.insert(0, v4.new_markdown_cell(used, id="macros"))  # type: ignore[no-untyped-call]
    shown.nbformat, shown.nbformat_minor = 4, 5
    return json.dumps(shown, indent=1, sort_keys=True) + "\n"


def _plainly(options: Any) -> Any:
    """Return a cell's options, captions and alt texts among them, without roles for numbers."""
    if isinstance(options, dict):
        return {name: _plainly(option) for name, option in options.items()}
    return plainly(options) if isinstance(options, str) else options


def _definitions(notebook: NotebookNode, macros: Macros) -> str:
    """Return TeX that defines the commands that a notebook's text uses, and those that they use; empty for none."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    used: dict[str, str] = {}
    for _ in macros:  # one may use another
        used = {
            name: body for name, body in macros if re.search(rf"\\{name}(?![A-Za-z])", text + "".join(used.values()))
        }
    lines = [f"\\newcommand{{\\{name}}}{_parameters(body)}{{{body}}}" for name, body in used.items()]
    return "$$\n" + "\n".join(lines) + "\n$$" if lines else ""


def _parameters(body: str) -> str:
    most = max(map(int, re.findall(r"#([1-9])", body)), default=0)
    return f"[{most}]" if most else ""


def _notebook_path(app: Sphinx, docname: str) -> Path:
    return Path(app.outdir, "_sources", f"{docname}.ipynb")


def _write_notebook(app: Sphinx, doctree: nodes.document) -> None:
    """Write the chapter's notebook while it is at hand, in the process that reads the chapter."""
    docname = app.env.docname
    if not is_site(app) or book_of(app).preview or book_of(app).summary(docname) is None:
        return
    notebook = executed_notebook(app.env)
    if notebook and any(cell.cell_type == "code" for cell in notebook.cells):
        claims = records_of(app.env).claims.get(docname, [])
        app.env.metadata[docname][NOTEBOOK] = True
        folder = Path(app.env.doc2path(docname)).parent
        write_changed(
            _notebook_path(app, docname), executed_notebook_text(notebook, claims, macros_of(app.config), folder)
        )


def _keep_notebook(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Keep Sphinx from copying an .ipynb, which has not run, to the place of the notebook that has."""
    if pagename in app.env.found_docs and is_ipynb(app, pagename) and has_notebook(app, pagename):
        context["sourcename"] = ""


def _without_notebook(app: Sphinx, env: BuildEnvironment, *documents: set[str]) -> list[str]:
    """Return the chapters whose notebook was taken away: they have to be read again."""
    if not is_site(app) or book_of(app).preview:
        return []
    published = [name for name in env.found_docs & succeeded(env) if book_of(app).summary(name)]
    return [name for name in published if has_notebook(app, name) and not _notebook_path(app, name).exists()]


def setup(app: Sphinx) -> None:
    """Write each chapter's notebook when it is read."""
    app.connect("env-get-outdated", _without_notebook)
    app.connect("doctree-read", _write_notebook)
    app.connect("html-page-context", _keep_notebook, priority=900)  # when the theme has linked it
