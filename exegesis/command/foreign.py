"""Books that know nothing of this package: any Jupyter Book 1.x project.

Jupyter Book builds it with its own command, to which one Sphinx extension is added, this module: before
pages are read it runs the stale notebooks side by side and puts the results where myst-nb looks
for them. What this engine can't do as the book's ``execute:`` settings ask is left to myst-nb,
notebook by notebook, and said.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections import defaultdict
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_book.config import get_final_config
from jupyter_book.sphinx import build_sphinx
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx

from exegesis.command.project import Project
from exegesis.command.publish import publish, recover
from exegesis.execution import Run, Store, run_notebooks
from exegesis.execution.kernel import Executor
from exegesis.execution.limits import Limits
from exegesis.paths import store_path

_FORCED = "exegesis-forced"  # what a book that says 'force' was run to this time


def build_foreign(project: Project, jobs: int | None = None) -> bool:
    """Build a book with its own settings into ``_build/html``; return whether it was built.

    As with Jupyter Book a warning is told and is no fault; a build that fails leaves the last site.
    """
    target = project.build / "html"
    recover(target)
    settings = {"external_toc_path": str(project.root / "_toc.yml"), "latex_individualpages": False}
    config, _ = get_final_config(
        user_yaml=project.root / "_config.yml", sourcedir=project.root, cli_config=dict(settings)
    )
    status = build_sphinx(
        project.root,
        project.build / "site",
        noconfig=True,
        path_config=project.root / "_config.yml",
        confoverrides=settings | {"extensions": [*config["extensions"], __name__], "exegesis_jobs": jobs},
        doctreedir=project.build / ".site-doctrees",
        builder="html",
        quiet=True,
    )
    if status != 0:
        return False
    publish(project.build / "site", target)
    return True


def setup(app: Sphinx) -> dict[str, Any]:
    """Run what is stale when Sphinx asks what is outdated."""
    app.add_config_value("exegesis_jobs", None, "")
    app.connect("env-get-outdated", _execute)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@dataclass
class _Notebook:
    docname: str
    path: Path
    node: NotebookNode
    config: NbParserConfig  # the book's settings, with the notebook's own


def _execute(app: Sphinx, env: Any, *documents: set[str]) -> set[str]:
    """Run the stale notebooks, let myst-nb find the results; return the documents that were run."""
    book: NbParserConfig = env.mystnb_config
    if book.execution_mode == "inline":
        _say("'execute_notebooks: inline' needs a kernel while pages are read: Jupyter Book runs all notebooks itself")
    if book.execution_mode in ("inline", "off"):
        return set()
    ready: dict[tuple[float, bool], dict[Path, _Notebook]] = defaultdict(dict)  # by what the executor must know
    complete = []
    for notebook in _notebooks(env):
        if book.execution_mode == "auto" and notebook.config.execution_mode == "auto" and _is_complete(notebook.node):
            complete.append(escape(notebook.path.as_posix()))
        elif notebook.config.execution_mode != book.execution_mode or _is_excluded(notebook):
            pass  # its own setting; myst-nb follows it
        elif why := _foreign_to_us(notebook):
            _say(f"{notebook.docname}: left to Jupyter Book ({why})")
        else:
            asked = notebook.config.execution_timeout, notebook.config.execution_allow_errors
            ready[asked][notebook.path] = notebook
    store = store_path(Path(app.srcdir))
    if book.execution_mode == "force":
        store = store.with_name(_FORCED)
        shutil.rmtree(store, ignore_errors=True)
    env.mystnb_config = book.copy(
        execution_mode="cache",
        execution_cache_path=str(store),
        execution_excludepatterns=[*book.execution_excludepatterns, *complete],
    )
    outdated = set()
    for (timeout, allow_errors), notebooks in ready.items():
        limits = Limits(int(timeout), *[float("inf")] * 3)  # the book sets no others

        def read(path: Path, text: str, notebooks: dict[Path, _Notebook] = notebooks) -> NotebookNode:
            return notebooks[path].node

        runs = run_notebooks(
            list(notebooks),
            Store(store),
            executor=Executor(limits, jobs=app.config.exegesis_jobs, allow_errors=allow_errors),
            addresses=True,
            read=read,
            progress=lambda done, total, run: _say(_progress(app, done, total, run)),
        )
        outdated |= {notebooks[run.path].docname for run in runs if not run.stored}
    return outdated


def _notebooks(env: Any) -> list[_Notebook]:
    found = []
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        if path.suffix not in (".md", ".ipynb"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
            reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
            node = reader and reader.read(text)
            if node is not None:
                own = node.metadata.get(env.mystnb_config.metadata_key, {})
                config = env.mystnb_config.copy(**{name: own[name] for name in own if name != "output_folder"})
                found.append(_Notebook(docname, path, _with_kernel(node, config), config))
        except Exception:  # myst-nb finds the same, and tells it with the page
            continue
    return found


def _with_kernel(node: NotebookNode, config: NbParserConfig) -> NotebookNode:
    """Name the kernel as myst-nb will, which looks for the result under that name."""
    name = node.metadata.get("kernelspec", {}).get("name")
    alias = next((alias for rgx, alias in config.kernel_rgx_aliases.items() if name and re.fullmatch(rgx, name)), None)
    if alias:
        node.metadata["kernelspec"]["name"] = alias
    node.metadata.setdefault("source_map", [1] * len(node.cells))
    return node


def _is_complete(node: NotebookNode) -> bool:
    return all(cell.outputs for cell in node.cells if cell.cell_type == "code")


def _is_excluded(notebook: _Notebook) -> bool:
    path = PurePosixPath(notebook.path.as_posix())
    return any(path.match(pattern) for pattern in notebook.config.execution_excludepatterns)


def _foreign_to_us(notebook: _Notebook) -> str | None:
    """Return why this engine does not run a notebook, if it does not."""
    if notebook.config.execution_in_temp:
        return "run_in_temp"
    name = notebook.node.metadata.get("kernelspec", {}).get("name", "python3")
    try:
        language = KernelSpecManager().get_kernel_spec(name).language
    except NoSuchKernel:
        return f"there is no kernel '{name}'"
    return None if language == "python" else f"its kernel speaks {language}"


def _progress(app: Sphinx, done: int, total: int, run: Run) -> str:
    name = run.path.relative_to(app.srcdir).as_posix()
    state = f"failed, left to Jupyter Book: {run.failure.what}" if run.failure else "ran"
    return f"[{done}/{total}] {name:<32} {state} in {run.seconds:5.1f} s"


def _say(line: str) -> None:
    print(line, flush=True, file=sys.stdout)
