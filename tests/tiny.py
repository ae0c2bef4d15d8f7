"""Tiny books: a few files in a temporary folder, built by sphinx.testing in well under a second.

Cells are run in this process, not in a kernel, and put in the book's store, where the build finds them.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import functools
import io
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat.v4 as v4
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.testing.util import SphinxTestApp

from exegesis.execution import Store
from exegesis.execution.exercises import exercise_cells, measure_of
from exegesis.execution.notebook import cells_in_order, read_notebook
from exegesis.exercise import answer
from exegesis.kernel.aside import aside
from exegesis.kernel.environment import decisive, short_environment
from exegesis.paths import home_path
from exegesis.sphinxext.faults import faults_of

BIB = """\
@article{first2001paper,
  author = {Last, First},
  title = {The First Paper},
  journal = {Journal of Tests},
  venue = {JT},
  year = {2001},
}

@article{second2002paper,
  author = {Other, Ann and Third, Bob},
  title = {The Second Paper},
  journal = {Journal of Tests},
  venue = {JT},
  year = {2002},
  doi = {10.1/second},
}
"""

FRONT = """\
---
author: Somebody
date: "2026-01-31"
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
keywords: [testing]
paper: first2001paper
tldr: It is short.
---
"""

CONF = """\
extensions = ["myst_nb", "sphinxcontrib.bibtex", "exegesis.sphinxext"]
html_theme = "basic"
html_math_renderer = "katex"
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "cache"
nb_merge_streams = True
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_cite_id = "ref-{key}"
nitpicky = True
numfig = True
math_numfig = False
exegesis_search = False
html_sourcelink_suffix = ""
exclude_patterns = ["_build"]
templates_path = []  # of its own: the theme adds to the default list, which a process shares
"""


def chapter(body: str, front: str = FRONT) -> str:
    """Return a chapter with this body."""
    return front + "\n" + dedent(body)


def write_book(folder: Path, chapters: Mapping[str, str], **other: str) -> Path:
    """Write a book with these chapters, by slug; ``other`` replaces its other files, by stem."""
    files = {
        "conf.py": CONF,
        "references.bib": other.get("bib", BIB),
        "book/keywords.yml": other.get("keywords", "testing: what tests are about\n"),
        "index.md": "# Tiny\n\n```{toctree}\n"
        + "".join(f"book/papers/{slug}\n" for slug in chapters)
        + "bibliography\n```\n",
        "bibliography.md": other.get("bibliography", "# Bibliography\n\n```{bibliography}\n:style: plain\n```\n"),
    } | {f"book/papers/{slug}.md": text for slug, text in chapters.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


class TinyBook:
    """One build of a tiny book."""

    def __init__(
        self,
        folder: Path,
        *,
        builder: str = "html",
        parallel: int = 0,
        run: bool = True,
        **config: Any,
    ) -> None:
        if run:
            run_chapters(folder)
        _lend_templates(folder / "_build" / "test" / "doctrees" / "templates")
        # The warnings that are meant are asserted on; Sphinx writes them to a buffer.
        self.app = SphinxTestApp(
            builder, folder, builddir=folder / "_build" / "test", confoverrides=config, parallel=parallel
        )
        self.faults = faults_of(self.app)
        try:
            self.app.build()
        finally:
            self.app.cleanup()
            self._retire()

    def _retire(self) -> None:
        """Hide this application's collectors from sphinx-external-toc.

        For the next application of the process it disables all that it finds, by the numbers of their listeners.
        """
        for listeners in self.app.events.listeners.values():
            for listener in listeners:
                collector = getattr(listener.handler, "__self__", None)
                if isinstance(collector, TocTreeCollector):
                    collector.listener_ids = None

    @property
    def messages(self) -> list[str]:
        return list(map(str, self.faults.faults))

    def page(self, slug: str) -> str:
        return self.file(f"book/papers/{slug}.html")

    def file(self, name: str) -> str:
        return Path(self.app.outdir, name).read_text(encoding="utf-8")


@functools.cache
def _compiled() -> str:
    folder = tempfile.TemporaryDirectory(prefix="templates-")
    atexit.register(folder.cleanup)
    return folder.name


def _lend_templates(kept: Path) -> None:
    """Let all books of this process keep what Jinja makes of the theme's templates in one folder: half of a build."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.symlink_to(_compiled(), target_is_directory=True)


def run_chapters(folder: Path) -> None:
    """Run every chapter of a tiny book in this process and store the results."""
    with open_store(folder) as store:
        _put_results(folder, store)


def open_store(folder: Path) -> Store:
    """Open the store of a tiny book, where a build of it looks for results."""
    path = folder / "_build" / "test" / ".jupyter_cache" / "exegesis"
    return Store(path, folder, decisive(short_environment(home_path(path))))


def _put_results(folder: Path, store: Store) -> None:
    for path in sorted((folder / "book/papers").glob("*.md")):
        notebook = read_notebook(path.read_text(encoding="utf-8"), path)
        if notebook is None or store.find(notebook, path):
            continue
        namespace: dict[str, Any] = {}
        for cell in cells_in_order(notebook):
            cell.outputs = _run(cell.source, namespace)
        for index in exercise_cells(notebook):
            cell = notebook.cells[index]
            if name := cell.metadata.get("starter") or cell.metadata.get("solution"):
                cell.outputs = _answer(answer(cell.source, measure_of(notebook, name)), namespace)
        store.put(notebook, path, 0.1)


def _answer(code: str, namespace: dict[str, Any]) -> list[Any]:
    """Run an answer to an exercise aside; what it raises is an output."""
    with aside(namespace):
        try:
            return _run(code, namespace)
        except Exception as error:
            return [v4.new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[])]


def _run(code: str, namespace: dict[str, Any]) -> list[Any]:
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace) if last else None
    outputs = []
    if printed.getvalue():
        outputs.append(v4.new_output("stream", name="stdout", text=printed.getvalue()))
    if value is not None:
        more = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else {}
        outputs.append(v4.new_output("execute_result", data={"text/plain": repr(value)} | more, execution_count=1))
    return outputs


def git(root: Path, *words: str) -> str:
    """Run git in a folder, as somebody; return what it prints."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *identity, *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()
