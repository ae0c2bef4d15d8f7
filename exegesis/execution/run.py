"""Running notebooks side by side, with one writer to the store."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import os
import time
from collections.abc import Callable, Container, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from nbformat import NotebookNode

from exegesis.kernel.client import WarmProcess
from exegesis.limits import Limits

from .failure import ExecutorError, Failure, shows_address, shows_endless, unreadable
from .kernel import Execution, Executor
from .notebook import AS_USUAL, Options, loaded_files, read_notebook
from .sound import check_sound
from .store import Result, Store, recorded_needs
from .store.needs import Needs, find_packages
from .uses import USES, not_allowed

T = TypeVar("T")
_ROUNDS = 2  # how often notebooks are run whose results another one has changed in the meantime
_SPOILT = Failure(1, "another notebook changes what this one gave", "mend that one: it writes where results are stored")
#: Makes a notebook of a file's text, with what it asks for; None of a page without code cells, or one to leave alone.
Read = Callable[[Path, str], tuple[NotebookNode, Options] | None]


class Executes(Protocol):
    """What executes notebooks, here or elsewhere, as many at a time as it can."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def execute(self, notebook: NotebookNode, path: Path, text: str, options: Options = AS_USUAL) -> Execution:
        """Execute a notebook in place, in the folder of its file; a cell that raises is no error but a `Failure`.

        Args:
            notebook: as `read_notebook` gives it, or of an .ipynb.
            path: its file.
            text: the file's text, to name lines of it.
            options: what it asks for.

        Returns:
            An ``exegesis.execution.kernel.Execution``.

        Raises:
            ExecutorError: nothing can be executed any more.
        """


@dataclass(frozen=True)
class Run:
    """How one notebook fared."""

    path: Path
    seconds: float  # that it ran
    stored: bool  # the result was there already
    failure: Failure | None = None
    result: Result | None = None  # what it gave, as far as it came; None where it could not be read
    remarks: tuple[Failure, ...] = ()  # on a notebook that ran: what it used and is not allowed


@dataclass(frozen=True)
class _Stale:
    path: Path
    text: str
    notebook: NotebookNode
    options: Options


def run_notebooks(
    paths: Sequence[Path],
    store: Store,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    forked: bool = True,
    environment: dict[str, str] | None = None,
    addresses: bool = False,
    executor: Executes | None = None,
    read: Read | None = None,
    read_by: str = "",
    allowed: Container[str] = USES,
    progress: Callable[[int, int, Run], None] = lambda done, total, run: None,
) -> list[Run]:
    """Run the notebooks that have no stored result.

    A result that another notebook has changed meanwhile, where it writes where it should not, is computed again.

    Args:
        paths: the notebooks' files, in UTF-8; pages without code cells are passed over.
        store: where results are looked up and put.
        jobs: how many kernels at a time; by default two more than cores.
        limits: what a notebook may use; beyond it, it is stopped.
        forked: False for kernels that are started from nothing.
        environment: what the kernels get; by default this process's own.
        addresses: True to let cells show where in memory an object is, which differs at each run.
        executor: what executes them; by default kernels on this machine, under the settings above.
        read: makes a notebook of a file's text; by default `read_notebook`, which knows MyST.
        read_by: all that ``read`` depends on beside the text.
        allowed: what of `USES` notebooks may use without a tag of the cell.
        progress: called after each notebook that was run, with how many are done, of how many.

    Returns:
        One `Run` for each notebook, in the order of ``paths``.

    Raises:
        ExecutorError: the executor is not there, or no longer; what ran before is stored.
    """
    runs: dict[Path, Run] = {}

    def find(paths: Iterable[Path]) -> list[_Stale]:
        """Note those that have a result, and return those that are to be run."""
        found = {path: _look_up(path, store, read or read_myst, read_by, allowed) for path in paths}
        runs.update((path, each) for path, each in found.items() if isinstance(each, Run))
        return [each for each in found.values() if isinstance(each, _Stale)]

    async def run_all() -> None:
        done = 0

        async def run_one(one: _Stale) -> None:
            nonlocal done
            begin = time.time()
            execution = await chosen.execute(one.notebook, one.path, one.text, one.options)
            failure = execution.failure or shows_endless(one.notebook, one.text)
            failure = failure or (None if addresses else shows_address(one.notebook, one.text))
            async with writing:  # aside: until the disk has it, other kernels would wait for their next cell
                result = await asyncio.to_thread(put, one, execution, failure, begin)
            remarks = not_allowed(one.notebook, one.text, result.uses, allowed)
            run = Run(one.path, execution.seconds, stored=False, failure=failure, result=result, remarks=tuple(remarks))
            runs[one.path] = run
            done += 1
            progress(done, len(stale), run)

        writing = asyncio.Lock()
        chosen = executor or Executor(limits, jobs=jobs, forked=forked, environment=environment)
        async with chosen, asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(find_packages))  # while the kernels start
            for one in sorted(stale, key=expected, reverse=True):
                group.create_task(run_one(one))

    def put(one: _Stale, execution: Execution, failure: Failure | None, begin: float) -> Result:
        if failure or not execution.known:
            return store.put_failed(one.notebook, one.path, execution.seconds)
        needs = _needs(execution, one, store, begin)
        result = store.put(one.notebook, one.path, execution.seconds, needs, one.options)
        if not one.options.always:
            store.note_text(one.text, one.path, result, _with_loaded(read_by, one.path, one.text))
        return result

    def expected(one: _Stale) -> tuple[float, int]:
        """The longest first, so that none is left over at the end; those never run before all others."""
        code = sum(len(cell.source) for cell in one.notebook.cells if cell.cell_type == "code")
        return last.get(one.path, float("inf")), code

    lost: list[Exception] = []
    stale = find(paths)
    try:
        for _ in range(_ROUNDS):
            if stale:
                last = store.last_seconds()
                run_to_end(run_all())
                stale = find(_without_spoilt(runs.values()))
    except* ExecutorError as errors:  # of all that were under way; one tells it
        lost.extend(errors.exceptions)
    finally:
        WarmProcess.stop_shared()  # it may have been started in advance
    if lost:
        raise lost[0]
    for one in stale:
        runs[one.path] = Run(one.path, 0.0, False, _SPOILT, store.put_failed(one.notebook, one.path, 0.0))
    store.forget()
    return [runs[path] for path in paths if path in runs]


def _without_spoilt(runs: Iterable[Run]) -> list[Path]:
    """Remove the results that are not as they were written, and return the notebooks that lack theirs now."""
    spoilt = [run for run in runs if run.result and not run.result.is_whole]
    for run in spoilt:
        assert run.result
        run.result.file.unlink(missing_ok=True)
    return [run.path for run in spoilt]


def _look_up(path: Path, store: Store, read: Read, read_by: str, allowed: Container[str]) -> Run | _Stale | None:
    """Return the run of a notebook that has a result or can't be read, what is to be run, or None for other pages."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # as Sphinx reads it
        read_by = _with_loaded(read_by, path, text)
        if (result := store.find_text(text, path, read_by)) and all(use.kind in allowed for use in result.uses):
            return Run(path, result.seconds, stored=True, result=result)
        made = read(path, text)
        if made:
            check_sound(made[0], text)
    except Exception as error:  # MyST-NB raises several kinds, for options that are no YAML for one
        return Run(path, 0.0, stored=False, failure=unreadable(error, path))
    if made is None:
        return None
    notebook, options = made
    if options.always or (result := store.find(notebook, path, options)) is None:
        return _Stale(path, text, notebook, options)
    store.note_text(text, path, result, read_by)
    remarks = not_allowed(notebook, text, result.uses, allowed)
    return Run(path, result.seconds, stored=True, result=result, remarks=tuple(remarks))


def _with_loaded(read_by: str, path: Path, text: str) -> str:
    """Add the code that cells take in from other files to what decides how a text is read."""
    codes = (file.read_bytes() for file in loaded_files(text, path) if file.is_file())
    return "\0".join([read_by, *(hashlib.sha256(code).hexdigest() for code in codes)])


def read_myst(path: Path, text: str) -> tuple[NotebookNode, Options] | None:
    """Make a notebook of a MyST page; None of one without code cells."""
    notebook = read_notebook(text, path)
    return None if notebook is None else (notebook, AS_USUAL)


def _needs(execution: Execution, one: _Stale, store: Store, begin: float) -> Needs | None:
    if execution.seen is None:
        return None
    home = store.path  # the kernels' is in it
    seen = execution.seen.where(lambda name: not Path(os.path.normpath(one.path.parent / name)).is_relative_to(home))
    return recorded_needs(one.notebook, one.path, store.root, seen, store.variables, begin)


def run_to_end(work: Coroutine[None, None, T]) -> T:
    """Run to the end, in a thread of its own where an event loop runs already (a notebook, a browser test)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
