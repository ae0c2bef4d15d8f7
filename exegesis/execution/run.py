"""Running notebooks in parallel, with one writer to the store."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from exegesis.execution.store import Store
from exegesis.execution.store.needs import Needs, find_packages, recorded_needs
from exegesis.kernel.client import WarmProcess

from .failure import ExecutorError, Failure, shows_address, unreadable
from .kernel import Execution, Executor
from .limits import Limits
from .notebook import read_notebook


class Executes(Protocol):
    """What executes notebooks, here or elsewhere, as many at a time as it can."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def execute(self, notebook: NotebookNode, path: Path, text: str) -> Execution:
        """Execute a notebook in place: see `Executor.execute`."""


@dataclass(frozen=True)
class Run:
    """How one notebook fared."""

    path: Path
    seconds: float
    stored: bool  # the result was there already
    failure: Failure | None = None


def run_notebooks(
    paths: Sequence[Path],
    store: Store,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    forked: bool = True,
    force: bool = False,
    addresses: bool = False,
    executor: Executes | None = None,
    read: Callable[[Path, str], NotebookNode | None] | None = None,
    progress: Callable[[int, int, Run], None] = lambda done, total, run: None,
) -> list[Run]:
    """Run the notebooks that have no stored result.

    Args:
        paths: MyST notebooks; pages without code cells are passed over.
        store: where results are looked up and put.
        jobs: how many kernels at a time; by default two more than cores.
        limits: what a notebook may use; beyond it, it is stopped.
        forked: False for kernels that are started from nothing.
        force: True to run also those that have a stored result.
        addresses: True to let cells show where in memory an object is, which differs at each run.
        executor: what executes them; by default kernels on this machine, under the settings above.
        read: makes a notebook of a file's text, or None of a page without code cells; by default `read_notebook`.
        progress: called after each notebook that was run, with how many are done, of how many.

    Returns:
        One `Run` for each notebook, in the order of ``paths``.

    Raises:
        ExecutorError: the executor is not there, or no longer; what ran before is stored.
    """
    runs: dict[Path, Run] = {}
    stale: dict[Path, tuple[NotebookNode, str]] = {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if read is None and not force and (seconds := store.seconds_of_text(text, path)) is not None:
            runs[path] = Run(path, seconds, stored=True)
            continue
        try:
            notebook = read(path, text) if read else read_notebook(text)
        except Exception as error:  # myst-nb raises several kinds for options that are no YAML
            runs[path] = Run(path, 0.0, stored=False, failure=unreadable(error))
            continue
        if notebook is None:
            continue
        seconds = None if force else store.seconds(notebook, path, None if read else text)
        if seconds is None:
            stale[path] = (notebook, text)
        else:
            runs[path] = Run(path, seconds, stored=True)

    async def run_all() -> None:
        done = 0

        async def run_one(path: Path, notebook: NotebookNode, text: str) -> None:
            nonlocal done
            begin = time.time()
            execution = await chosen.execute(notebook, path, text)
            failure = execution.failure or (None if addresses else shows_address(notebook, text))
            run = Run(path, execution.seconds, stored=False, failure=failure)
            if run.failure is None:
                needs = _needs(execution, notebook, path, store.root, begin)
                async with writing:  # aside: until the disk has it, other kernels would wait for their next cell
                    await asyncio.to_thread(store.put, notebook, path, run.seconds, needs, None if read else text)
            runs[path] = run
            done += 1
            progress(done, len(stale), run)

        writing = asyncio.Lock()
        chosen = executor or Executor(limits, jobs=jobs, forked=forked)
        async with chosen, asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(find_packages))  # while the kernels start
            for path, (notebook, text) in sorted(stale.items(), key=expected, reverse=True):
                group.create_task(run_one(path, notebook, text))

    def expected(item: tuple[Path, tuple[NotebookNode, str]]) -> tuple[float, int]:
        """The longest first, so that none is left over at the end; those never run before all others."""
        path, (notebook, _) = item
        code = sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code")
        return last.get(path, float("inf")), code

    lost: list[Exception] = []
    try:
        if stale:
            last = store.last_seconds()
            _run(run_all())
    except* ExecutorError as errors:  # of all that were under way; one tells it
        lost.extend(errors.exceptions)
    finally:
        WarmProcess.stop_shared()  # it may have been started in advance
    if lost:
        raise lost[0]
    store.forget()
    return [runs[path] for path in paths if path in runs]


def _needs(execution: Execution, notebook: NotebookNode, path: Path, root: Path, begin: float) -> Needs | None:
    if execution.files is None:
        return None
    files = [os.path.normpath(path.parent / file) for file in execution.files]
    return recorded_needs(notebook, path, root, files, execution.modules, begin)


def _run(work: Coroutine[None, None, None]) -> None:
    """Run to the end, in a thread of its own where an event loop runs already (a notebook, a browser test)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
