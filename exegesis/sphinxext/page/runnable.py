"""Cells that run in the reader's browser, by Pyodide in a Web Worker.

A chapter's page gets a small script that puts buttons under its cells; everything else is
fetched when a reader presses one: the worker, what it needs (``run/python.json``), the
chapter's executed notebook for its code, the editor, and Pyodide itself, from the address
that the setting ``exegesis_pyodide`` gives. The page knows beforehand how much that is.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.browser import pyodide
from exegesis.browser.imports import imported
from exegesis.catalogue import checks
from exegesis.execution.sphinx import executed_notebook
from exegesis.exercise import MEASURE, SOLUTION
from exegesis.fault import Kind
from exegesis.kernel import aside
from exegesis.sphinxext.addresses import from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import code_cells, has_option
from exegesis.sphinxext.site.exports import second_name
from exegesis.sphinxext.state import is_site
from exegesis.sphinxext.theme import PART
from exegesis.sphinxext.vendor import vendored

from .downloads import has_notebook

#: Where the site has what the worker fetches: in Sphinx's folder for static files.
FOLDER = "run"
#: Python that runs in the browser, besides the chapter's.
_MODULES = {
    "exegesis/browser/cells.py": Path(pyodide.__file__).with_name("cells.py"),
    "exegesis/browser/figures.py": Path(pyodide.__file__).with_name("figures.py"),
    "exegesis/catalogue/checks.py": Path(checks.__file__),
    "exegesis/kernel/aside.py": Path(aside.__file__),
}
_PACKAGES = "exegesis_packages"  # of a chapter, in Sphinx's metadata of its page


def _name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each cell of a chapter that ran the id that it has in the executed notebook; note what they import."""
    docname = app.env.docname
    notebook = executed_notebook(app.env)
    if notebook is None or not book_of(app).is_chapter(docname):
        return
    for cell in code_cells(doctree):
        if has_option(cell, SOLUTION) or has_option(cell, MEASURE):
            continue  # of an exercise the reader's own answer is run
        cell["ids"].append(f"cell-{cell['cell_index']}")
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if not sources:
        return
    try:
        app.env.metadata[docname][_PACKAGES] = pyodide.packages_for(imported(sources))
    except pyodide.UnknownPackageError as error:
        tell(Kind.BROWSER, str(error), "", (docname, 1))


def _copy_editor(app: Sphinx) -> None:
    if is_site(app) and book_of(app).has_papers:
        target = Path(app.outdir, "_static", FOLDER, "editor")
        shutil.copytree(vendored("prism-code-editor"), target, copy_function=shutil.copyfile, dirs_exist_ok=True)


def _python(app: Sphinx) -> dict[str, Any]:
    """Return what the worker needs: Pyodide's lock, the files' sizes and hashes, our own Python."""
    book = book_of(app)
    look = book.root / book.layout.papers / "matplotlibrc"
    return {
        "lock": pyodide.lock(),
        "files": {file.name: {"size": file.size, "sha256": file.sha256} for file in pyodide.hosted()}
        | {file.name: {"size": file.size, "sha256": file.sha256, "here": True} for file in pyodide.from_environment()},
        "core": [file.name for file in pyodide.core()],
        "modules": {name: path.read_text(encoding="utf-8") for name, path in _MODULES.items()},
        "matplotlibrc": look.read_text(encoding="utf-8") if look.exists() else "",
    }


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    packages = app.env.metadata[pagename].get(_PACKAGES)
    if packages is None or book_of(app).preview or not has_notebook(app, pagename):
        return
    address = app.config.exegesis_pyodide
    attributes: dict[str, Any] = {
        "data-notebook": from_page(app, pagename, f"_sources/{pagename}.ipynb"),
        "data-pyodide": address if "://" in address else from_page(app, pagename, address),
        "data-packages": " ".join(packages),
        "data-bytes": str(pyodide.size_of(packages)),
    }
    app.add_css_file("run.css", priority=PART)
    app.add_js_file("run.js", loading_method="defer", **attributes)


def _write_python(app: Sphinx, error: Exception | None) -> None:
    if error or not is_site(app) or book_of(app).preview or not book_of(app).has_papers:
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python.json").write_text(json.dumps(_python(app)), encoding="utf-8")
    for name, data in pyodide.wheels_from_environment():
        (folder / name).write_bytes(data)
    if "://" not in app.config.exegesis_pyodide:
        _host(app, Path(app.outdir, app.config.exegesis_pyodide))


def _host(app: Sphinx, target: Path) -> None:
    """Give the files of 'make pyodide' a second name in the site."""
    source = Path(app.srcdir, "_build", "pyodide")
    if missing := [file.name for file in pyodide.hosted() if not (source / file.name).exists()]:
        what = (
            f"exegesis_pyodide is '{app.config.exegesis_pyodide}', a folder of the site, "
            f"but {missing[0]} is not in _build/pyodide"
        )
        tell(Kind.BROWSER, what, "run 'make pyodide', or take the setting out", None)
        return
    for file in pyodide.hosted():
        second_name(source / file.name, target / file.name)


def setup(app: Sphinx) -> None:
    """Write what the worker fetches when the pages are done."""
    app.connect("builder-inited", _copy_editor)
    app.connect("doctree-read", _name_cells)
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _write_python)
