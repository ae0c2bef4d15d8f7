"""Cells that run in the reader's browser, by Pyodide in a Web Worker.

A chapter's page gets a small script that puts buttons under its cells; everything else is
fetched when a reader presses one: the worker, what it needs (``run/python.json``), the
chapter's executed notebook for its code, the editor, and Pyodide itself, from the address
that the setting ``exegesis_pyodide`` gives. The page knows beforehand how much that is.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from exegesis.browser import pyodide
from exegesis.catalogue import checks
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.patches.results import executed_notebook

logger = logging.getLogger(__name__)
#: Where the site has what the worker fetches: in Sphinx's folder for static files.
FOLDER = "run"
#: Python that runs in the browser, besides the chapter's.
_MODULES = {
    "exegesis/browser/cells.py": Path(pyodide.__file__).with_name("cells.py"),
    "exegesis/browser/figures.py": Path(pyodide.__file__).with_name("figures.py"),
    "exegesis/catalogue/checks.py": Path(checks.__file__),
}
#: What the editor begins with, in the folder of prism-code-editor; the rest follows from their imports.
_EDITOR = ("index.js", "extensions/commands.js", "languages/python.js", "prism/languages/python.js", "layout.css")
_PACKAGES = "exegesis_packages"  # of a chapter, in Sphinx's metadata of its page
_IMPORT = re.compile(r"""^import\b[^"']*["'](\.[^"']+)["']""", re.MULTILINE)


def _name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each cell of a chapter that ran the id that it has in the executed notebook; note what they import."""
    docname = app.env.docname
    notebook = executed_notebook(app)
    if notebook is None or not book_of(app).is_chapter(docname):
        return
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            cell["ids"].append(f"cell-{cell['cell_index']}")
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if not sources:
        return
    try:
        app.env.metadata[docname][_PACKAGES] = pyodide.packages_for(pyodide.imported(sources))
    except pyodide.UnknownPackageError as error:
        logger.warning(str(error), location=(docname, 1), type="exegesis", subtype="run")


def _editor_folder() -> Path:
    """Return the folder with the editor's files: see requirements-assets.txt."""
    spec = importlib.util.find_spec("shiny")
    if spec is None or not spec.submodule_search_locations:
        raise ExtensionError(
            "the editor of cells is not installed; run 'make book', or "
            "'pip install --no-deps -r requirements-assets.txt'"
        )
    return Path(spec.submodule_search_locations[0], "www", "shared", "prism-code-editor")


def _editor_files(folder: Path) -> Iterator[Path]:
    """Yield the editor's files, with all that they import."""
    queue, seen = [folder / name for name in _EDITOR], set[Path]()
    while queue:
        file = queue.pop().resolve()
        if file not in seen:
            seen.add(file)
            yield file
            if file.suffix == ".js":
                queue += [file.parent / name for name in _IMPORT.findall(file.read_text(encoding="utf-8"))]


def _copy_editor(app: Sphinx) -> None:
    if app.builder.format != "html" or not book_of(app).has_papers:
        return
    source, target = _editor_folder().resolve(), Path(app.outdir, "_static", FOLDER, "editor")
    for file in _editor_files(source):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Their source maps are not copied; a browser's developer tools would ask for them.
        text = file.read_text(encoding="utf-8")
        copy.write_text(re.sub(r"^//# sourceMappingURL=.*\n?", "", text, flags=re.MULTILINE), encoding="utf-8")


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
    if packages is None or book_of(app).preview:
        return
    root = "../" * pagename.count("/")
    address = app.config.exegesis_pyodide
    attributes: dict[str, Any] = {
        "data-notebook": f"{root}_sources/{pagename}.ipynb",
        "data-pyodide": address if "://" in address else f"{root}{address}",
        "data-packages": " ".join(packages),
        "data-bytes": str(pyodide.size_of(packages)),
    }
    app.add_css_file("run.css")
    app.add_js_file("run.js", loading_method="defer", **attributes)


def _write_python(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or book_of(app).preview or not book_of(app).has_papers:
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python.json").write_text(json.dumps(_python(app)), encoding="utf-8")
    for name, data in pyodide.wheels_from_environment():
        (folder / name).write_bytes(data)
    if "://" not in app.config.exegesis_pyodide:
        _host(app, Path(app.outdir, app.config.exegesis_pyodide))


def _host(app: Sphinx, target: Path) -> None:
    """Give the files of 'make pyodide' a second name in the site: they are large, and nothing writes to them."""
    source = Path(app.srcdir, "_build", "pyodide")
    if missing := [file.name for file in pyodide.hosted() if not (source / file.name).exists()]:
        logger.warning(
            f"exegesis_pyodide is '{app.config.exegesis_pyodide}', a folder of the site, but {missing[0]} is not in "
            "_build/pyodide; run 'make pyodide', or take the setting out",
            type="exegesis",
            subtype="run",
        )
        return
    target.mkdir(parents=True, exist_ok=True)
    for file in pyodide.hosted():
        path = target / file.name
        if path.exists() and path.samefile(source / file.name):
            continue
        path.unlink(missing_ok=True)
        try:
            os.link(source / file.name, path)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source / file.name, path)


def setup(app: Sphinx) -> None:
    """Register the setting, and write what the worker fetches when the pages are done."""
    app.add_config_value("exegesis_pyodide", pyodide.manifest()["address"], "html", [str])
    app.connect("builder-inited", _copy_editor)
    app.connect("doctree-read", _name_cells)
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _write_python)
