"""The engine as an executor of jupyter-cache: ``jcache project execute --executor exegesis``."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbProjectRecord
from jupyter_cache.executors.base import ExecutorRunResult, JupyterExecutorAbstract
from nbformat import NotebookNode

from exegesis.kernel.client import WarmProcess
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits

from .kernel import Execution, Executor
from .notebook import Options
from .run import run_to_end


class ExegesisExecutor(JupyterExecutorAbstract):  # type: ignore[misc]  # jupyter-cache has no types
    """Runs a project's notebooks in parallel, in place, each in a kernel of its own from one warm process.

    Results are put where jupyter-cache keeps them, and known as it knows them: by their code.
    """

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
        set_environment(Path.cwd())
        notebooks: dict[str, NotebookNode] = {}
        for record in self.cache.list_project_records(filter_uris, filter_pks):
            try:
                notebook = self.cache.get_project_notebook(record.pk).nb
            except Exception as error:  # jupyter-cache raises several kinds
                self.logger.error("%s: %s", record.uri, error)
                result.errored.append(record.uri)
                continue
            if force or not self._has_result(notebook):
                notebooks[record.uri] = notebook
                NbProjectRecord.remove_tracebacks([record.pk], self.cache.db)
        options = Options(timeout or -1, allow_errors)
        try:
            executions = run_to_end(_execute_all(notebooks, options))
        finally:
            WarmProcess.stop_shared()
        for uri, execution in executions.items():
            if failure := execution.failure:
                self.logger.warning("%s: %s", uri, failure.what)
                NbProjectRecord.set_traceback(uri, failure.traceback or failure.what, self.cache.db)
                result.excepted.append(uri)
            else:
                bundle = CacheBundleIn(notebooks[uri], uri, data={"execution_seconds": execution.seconds})
                self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
                result.succeeded.append(uri)
        return result

    def _has_result(self, notebook: NotebookNode) -> bool:
        with suppress(KeyError):
            return bool(self.cache.match_cache_notebook(notebook))
        return False


async def _execute_all(notebooks: dict[str, NotebookNode], options: Options) -> dict[str, Execution]:
    async with Executor(Limits.none()) as executor, asyncio.TaskGroup() as group:
        tasks = {
            uri: group.create_task(executor.execute(notebook, Path(uri), "", options))
            for uri, notebook in notebooks.items()
        }
    return {uri: task.result() for uri, task in tasks.items()}
