"""A Sphinx extension that runs a book's notebooks before its pages are read, side by side.

It works for any book with MyST-NB, by its own ``execute:`` settings (``nb_execution_*``) and those of each
notebook, for every kind of page with code, and with every command: ``exegesis build``, ``jupyter-book
build`` and ``sphinx-build``. What it can't run is left to MyST-NB, notebook by notebook, and said.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Container, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_cache import get_cache
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from myst_nb.core.config import NbParserConfig
from myst_nb.core.execute.base import NotebookClientBase
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from exegesis import __version__
from exegesis.kernel.environment import decisive, kernel_environment, short_environment
from exegesis.limits import Limits
from exegesis.paths import home_path

from . import patches
from .compare import run_fresh
from .failure import Failure
from .notebook import IPYNB, Options
from .run import Executes, Read, Run, run_notebooks
from .store import Store
from .uses import USES

logger = logging.getLogger(__name__)
_ATTRIBUTE = "exegesis_execution"
_CLIENT = "exegesis_client"  # of the page that is being read, in Sphinx's scratch space for it
_SHOWN = "exegesis_result"  # the result that a page was read with, in Sphinx's metadata of it
_STORE = "exegesis"  # beside what jupyter-cache keeps


class Execution:
    """What a build runs, and what came of it."""

    def __init__(self) -> None:
        self.jobs: int | None = None  # kernels at a time; by default two more than cores
        self.executor: Executes | None = None  # by default kernels on this machine
        self.limits = Limits.none()
        self.strict = False  # whether a result must be the same at each run, wherever it is built
        self.named: tuple[str, ...] = ()  # variables of the environment that a strict book's notebooks get
        self.allowed: Container[str] = USES  # what notebooks may use without a tag
        self.reports = True  # whether MyST-NB writes the tracebacks of failures to files
        self.say: Callable[[str], None] = logger.info
        self.tell: Callable[[str, Path, Failure], None] = _warn  # of a notebook that failed
        self.only: set[str] | None = None  # the documents that are wanted, if not all
        self.readable: Callable[[str, str], str] = lambda docname, text: text  # mends what else is wrong in a text
        self.runs: dict[str, Run] = {}  # by document

    def unfinished(self, docname: str) -> bool:
        """Say whether a page lacks outputs: its notebook was not run, or failed."""
        run = self.runs.get(docname)
        return not self._wanted(docname) or bool(run and run.failure)

    def run(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Run every notebook of the book whose result is stale."""
        documents = {Path(env.doc2path(name)): name for name in sorted(env.found_docs) if self._wanted(name)}
        config: NbParserConfig = env.mystnb_config  # type: ignore[attr-defined]
        syntax: MdParserConfig = env.myst_config  # type: ignore[attr-defined]
        with self._store(app, env) as store:
            runs = run_notebooks(
                list(documents),
                store,
                executor=self.executor,
                jobs=self.jobs,
                limits=self.limits,
                addresses=not self.strict,
                environment=self._environment(store.path),
                read=self._reader(env),
                read_by=_told([config.copy(output_folder="", execution_cache_path=""), syntax]),
                allowed=self.allowed,
                progress=self._progress(env),
            )
        self.runs = {documents[run.path]: run for run in runs}
        if unseen := [name for name, run in self.runs.items() if not self.strict and _is_reused(run)]:
            self.say(
                f"used as stored, though they start processes and what these read is not seen: {', '.join(unseen)}"
            )

    def run_fresh(self, app: Sphinx, env: BuildEnvironment, runs: Sequence[Run]) -> list[Run]:
        """Run notebooks again in kernels of their own: a failure is a cell that shows something else."""
        with self._store(app, env) as store:
            return run_fresh(
                runs,
                store,
                jobs=self.jobs,
                limits=self.limits,
                environment=self._environment(store.path),
                read=self._reader(env),
                progress=self._progress(env),
            )

    def _store(self, app: Sphinx, env: BuildEnvironment) -> Store:
        path = Path(env.mystnb_config.execution_cache_path, _STORE)  # type: ignore[attr-defined]
        environment = self._environment(path)
        return Store(path, Path(app.srcdir), decisive(environment, self.named), environment)

    def _environment(self, store: Path) -> dict[str, str]:
        return short_environment(home_path(store), self.named) if self.strict else kernel_environment()

    def _reader(self, env: BuildEnvironment) -> Read:
        def read(path: Path, text: str) -> tuple[NotebookNode, Options] | None:
            return self._read(docnames[path], path, text, env)

        docnames = {Path(env.doc2path(name)): name for name in env.found_docs}
        return read

    def _progress(self, env: BuildEnvironment) -> Callable[[int, int, Run], None]:
        def progress(done: int, total: int, run: Run) -> None:
            state = "failed" if run.failure else "ran"
            self.say(f"[{done}/{total}] {env.path2doc(str(run.path)):<32} {state} in {run.seconds:5.1f} s")

        return progress

    def client(self, app: Sphinx, notebook: NotebookNode, source: str, config: NbParserConfig, *rest: Any) -> Any:
        """Return what gives the page that is being read its outputs."""
        docname = app.env.docname
        run = self.runs.get(docname)
        patches.plain(notebook.metadata)
        client: NotebookClientBase
        if not self._wanted(docname):
            client = patches.NotRun(notebook, Path(source), config, rest[0])
        elif run and run.result:
            for told in (run.failure, *run.remarks):
                if told:
                    self.tell(docname, run.path, told)
            traceback = (run.failure.traceback or None) if run.failure and self.reports else None
            client = patches.RunBefore(notebook, Path(source), config, rest[0], run=run, traceback=traceback)
            app.env.metadata[docname][_SHOWN] = run.result.id
        else:
            client = patches.stock_client(notebook, source, config, *rest)
        app.env.temp_data[_CLIENT] = client
        return client

    def _wanted(self, docname: str) -> bool:
        return self.only is None or docname in self.only

    def _read(self, docname: str, path: Path, text: str, env: BuildEnvironment) -> tuple[NotebookNode, Options] | None:
        """Make a notebook of a page, with its own settings; None of what is no notebook, or is not run here."""
        text = self.readable(docname, text)
        book: NbParserConfig = env.mystnb_config  # type: ignore[attr-defined]
        reader = create_nb_reader(str(path), env.myst_config, book, text)  # type: ignore[attr-defined]
        if reader is None:
            return None
        notebook = reader.read(text)
        patches.plain(notebook.metadata)
        own = notebook.metadata.get(book.metadata_key, {})
        config = book.copy(**{name: own[name] for name in own if name != "output_folder"})
        if not _is_to_run(notebook, path, config):
            return None
        if why := _foreign_to_us(_with_kernel(notebook, config)):
            self.say(f"{docname}: left to MyST-NB ({why})")
            if config.execution_mode == "cache":
                get_cache(config.execution_cache_path).db  # noqa: B018  # two readers at once could not make it
            return None
        meant = notebook.metadata.get("execution", {})  # as jupyter-cache has it
        return notebook, Options(
            timeout=int(meant.get("timeout", config.execution_timeout)),
            allow_errors=bool(meant.get("allow_errors", config.execution_allow_errors)),
            in_temp=config.execution_in_temp,
            always=config.execution_mode == "force",
        )


def execution_of(app: Sphinx) -> Execution:
    """Return what this build runs."""
    execution = getattr(app, _ATTRIBUTE)
    assert isinstance(execution, Execution)
    return execution


def executed_notebook(env: BuildEnvironment) -> NotebookNode | None:
    """Return the notebook of the page that is being read with its outputs; None if it was not run to its end."""
    return patches.executed(env.temp_data.get(_CLIENT))


def _warn(docname: str, path: Path, failure: Failure) -> None:
    """Tell of a notebook that failed under MyST-NB's own name for it."""
    message = f"{failure.what}; {failure.mend or 'mend the cell'}"
    in_cell = path.suffix == IPYNB and failure.line
    location = docname if path.suffix == IPYNB else (docname, failure.line)
    told = f"cell {failure.line}: {message}" if in_cell else message
    logger.warning("%s", told, location=location, type="mystnb", subtype="exec")


def _told(settings: list[Any]) -> str:
    """Return settings as text, the same for the same settings."""

    def tell(value: Any) -> Any:
        return sorted(map(str, value)) if isinstance(value, set) else getattr(value, "__qualname__", str(value))

    return json.dumps([dataclasses.asdict(each) for each in settings], default=tell, sort_keys=True)


def _is_to_run(notebook: NotebookNode, path: Path, config: NbParserConfig) -> bool:
    """Say whether a notebook is run before pages are read: 'inline' means while, and 'off' not at all."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    complete = config.execution_mode == "auto" and all(cell.outputs for cell in code)
    excluded = any(PurePosixPath(path.as_posix()).match(pattern) for pattern in config.execution_excludepatterns)
    return config.execution_mode not in ("inline", "off") and not complete and not excluded


def _with_kernel(notebook: NotebookNode, config: NbParserConfig) -> NotebookNode:
    """Name the kernel as MyST-NB will."""
    name = notebook.metadata.get("kernelspec", {}).get("name")
    aliases = (alias for rgx, alias in config.kernel_rgx_aliases.items() if name and re.fullmatch(rgx, name))
    if alias := next(aliases, None):
        notebook.metadata["kernelspec"]["name"] = alias
    return notebook


def _is_reused(run: Run) -> bool:
    """Say whether a run is one of before, that may be another now although nothing that was seen has changed."""
    return run.stored and run.result is not None and any(use.kind == "processes" for use in run.result.uses)


def _foreign_to_us(notebook: NotebookNode) -> str | None:
    """Return why this engine does not run a notebook, if it does not."""
    name = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    try:
        language = KernelSpecManager().get_kernel_spec(name).language
    except NoSuchKernel:
        return None  # that is told as of any notebook that can't be run
    return None if language == "python" else f"its kernel speaks {language}"


def _begin(app: Sphinx, env: BuildEnvironment, *documents: set[str]) -> list[str]:
    """Run what is stale; return the documents whose pages do not show what there is now."""
    execution = execution_of(app)
    if env.mystnb_config.execution_mode == "inline":  # type: ignore[attr-defined]
        execution.say("mode 'inline' needs a kernel while pages are read: MyST-NB runs all notebooks itself")
    patches.install(lambda *arguments: execution.client(app, *arguments))
    execution.run(app, env)
    shown = {name: env.metadata[name].get(_SHOWN) for name in execution.runs}
    return [
        name for name, run in execution.runs.items() if not run.result or run.failure or run.result.id != shown[name]
    ]


def _read_anyway(app: Sphinx, docname: str, source: list[str]) -> None:
    """Tell what is wrong with a notebook that can't be read, and let Sphinx read a page of that name."""
    run = execution_of(app).runs.get(docname)
    if run is None or run.failure is None or not run.failure.unreadable:
        return
    if not run.failure.encoding:  # else Sphinx tells of it
        execution_of(app).tell(docname, run.path, run.failure)
    source[0] = f"# {PurePosixPath(docname).name}\n"
    if Path(app.env.doc2path(docname)).suffix == IPYNB:
        cell = {"cell_type": "markdown", "metadata": {}, "source": source[0]}
        source[0] = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def _read_undecodable(app: Sphinx) -> None:
    patches.read_undecodable(app.builder)


def _end(app: Sphinx, error: Exception | None) -> None:
    patches.uninstall()


def setup(app: Sphinx) -> dict[str, Any]:
    """Run what is stale when Sphinx asks what is outdated."""
    app.setup_extension("myst_nb")
    setattr(app, _ATTRIBUTE, Execution())
    app.connect("env-get-outdated", _begin, priority=600)  # when it is known what is not to be run
    app.connect("builder-inited", _read_undecodable)
    app.connect("source-read", _read_anyway)
    app.connect("build-finished", _end)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
