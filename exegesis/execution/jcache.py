"""The engine as an executor of jupyter-cache: ``jcache project execute --executor exegesis``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_cache.cache.db import NbProjectRecord
from jupyter_cache.executors.base import ExecutorRunResult, JupyterExecutorAbstract
from nbformat import NotebookNode

from exegesis.execution.store import Store
from exegesis.kernel.environment import set_environment

from .kernel import Executor
from .limits import Limits
from .run import run_notebooks


class ExegesisExecutor(JupyterExecutorAbstract):  # type: ignore[misc]  # jupyter-cache has no types
    """Runs a project's notebooks in parallel, in place, each in a kernel of its own from one warm process."""

    def run_and_cache(
        self,
        *,
        filter_uris: list[str] | None = None,
        filter_pks: list[int] | None = None,
        timeout: int | None = 30,
        allow_errors: bool = False,
        force: bool = False,
        **_: Any,
    ) -> ExecutorRunResult:
        """Run the notebooks that have no result, or all with ``force``, and put their results into the cache.

        ``timeout`` is for each cell, in seconds; there are no other limits. It returns the paths
        of notebooks that ran, of those with a cell that failed, and of those that can't be read.
        """
        result = ExecutorRunResult()
        notebooks: dict[Path, NotebookNode] = {}
        store = Store(Path(self.cache.path))  # opened first: what lies in the cache and is stale leaves it
        set_environment(store.root)  # a result is known by it
        for record in self.cache.list_project_records(filter_uris, filter_pks):
            try:
                notebook = self.cache.get_project_notebook(record.pk).nb
            except Exception as error:  # jupyter-cache raises several kinds
                self.logger.error("%s: %s", record.uri, error)
                result.errored.append(record.uri)
                continue
            notebook.metadata.setdefault("source_map", [1] * len(notebook.cells))
            notebooks[Path(record.uri)] = notebook
            NbProjectRecord.remove_tracebacks([record.pk], self.cache.db)
        limits = Limits(timeout or -1, *[float("inf")] * 3)
        runs = run_notebooks(
            list(notebooks),
            store,
            executor=Executor(limits, allow_errors=allow_errors),
            addresses=True,
            force=force,
            read=lambda path, text: notebooks[path],
            progress=lambda done, total, run: self.logger.info("[%s/%s] %s", done, total, run.path),
        )
        for run in runs:
            if run.failure:
                self.logger.warning("%s:%s: %s", run.path, run.failure.line, run.failure.what)
                told = run.failure.traceback or run.failure.what
                NbProjectRecord.set_traceback(str(run.path), told, self.cache.db)
                result.excepted.append(str(run.path))
            elif not run.stored:
                result.succeeded.append(str(run.path))
        return result
