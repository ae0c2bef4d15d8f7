"""Running notebooks in parallel, each in a kernel of its own, with one writer to the store."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from .frames import SliderError, sliders_of, take_frames
from .notebook import code_line, read_notebook
from .store import Store

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE_IN_CELL = re.compile(r"^ *Cell In\[\d+\], line (\d+)", re.MULTILINE)
_CELL_FILE = re.compile(r" \(\d+\.py, line \d+\)$")
_LINE_OF_OPTIONS = re.compile(r"at line (\d+) could not be read: (.*)", re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not run to its end."""

    line: int  # of the file, from 1
    what: str
    traceback: str = ""
    unreadable: bool = False  # it is no notebook at all, for myst-nb neither


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
    timeout: float = 60,
    progress: Callable[[int, int, Run], None] = lambda done, total, run: None,
) -> list[Run]:
    """Run the notebooks that have no stored result.

    Args:
        paths: MyST notebooks; pages without code cells are passed over.
        store: where results are looked up and put.
        jobs: how many kernels at a time; by default one a core.
        timeout: seconds that a cell may take.
        progress: called after each notebook that was run, with how many are done, of how many.

    Returns:
        One `Run` for each notebook, in the order of ``paths``.
    """
    runs: dict[Path, Run] = {}
    stale: dict[Path, tuple[NotebookNode, str]] = {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        try:
            notebook = read_notebook(text)
        except Exception as error:  # myst-nb raises several kinds for options that are no YAML
            runs[path] = Run(path, 0.0, stored=False, failure=_unreadable(error))
            continue
        if notebook is None:
            continue
        seconds = store.seconds(notebook)
        if seconds is None:
            stale[path] = (notebook, text)
        else:
            runs[path] = Run(path, seconds, stored=True)

    async def run_all() -> None:
        free = asyncio.Semaphore(jobs or os.cpu_count() or 1)
        done = 0

        async def run_one(path: Path, notebook: NotebookNode, text: str) -> None:
            nonlocal done
            async with free:
                begin = time.perf_counter()
                failure = await _execute(notebook, path, text, timeout, sockets)
                run = Run(path, time.perf_counter() - begin, stored=False, failure=failure)
            if failure is None:
                store.put(notebook, path, run.seconds)
            runs[path] = run
            done += 1
            progress(done, len(stale), run)

        async with asyncio.TaskGroup() as group:
            for path, (notebook, text) in stale.items():
                group.create_task(run_one(path, notebook, text))

    if stale:
        with tempfile.TemporaryDirectory(prefix="exegesis-") as sockets:
            _run(run_all())
    return [runs[path] for path in paths if path in runs]


def _run(work: Coroutine[None, None, None]) -> None:
    """Run to the end, in a thread of its own where an event loop runs already (a notebook, a browser test)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _connection(sockets: Path) -> Config:
    """Over TCP ipykernel warns in every chapter that the traffic is not encrypted."""
    if os.name == "nt":
        return Config()
    return Config({"ConnectionFileMixin": {"transport": "ipc", "ip": str(sockets / uuid.uuid4().hex[:8])}})


async def _execute(notebook: NotebookNode, path: Path, text: str, timeout: float, sockets: str) -> Failure | None:
    """Execute a notebook in place, in its own folder; return why it failed, if it did."""
    client = NotebookClient(
        notebook,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        config=_connection(Path(sockets)),
        timeout=timeout,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        sliders = sliders_of(notebook)
        async with client.async_setup_kernel():
            await client.async_execute(cleanup_kc=False)
            await take_frames(client, sliders)
    except SliderError as error:
        return Failure(code_line(notebook, error.cell, text), str(error))
    except CellExecutionError as error:
        return _cell_error(notebook, text, error)
    except CellTimeoutError:
        return Failure(_last_begun(notebook, text), f"the cell takes longer than {timeout:g} s")
    except DeadKernelError:
        return Failure(_last_begun(notebook, text), "the kernel died in this cell (out of memory, or a crash in C)")
    except Exception as error:  # a kernel that is not installed, a cell that is no notebook cell, ...
        return Failure(1, f"the chapter cannot be run: {error}")
    return None


def _cell_error(notebook: NotebookNode, text: str, error: CellExecutionError) -> Failure:
    index = next(i for i, cell in enumerate(notebook.cells) if _raised(cell))
    traceback = _ANSI.sub("", error.traceback or "")
    inside = _LINE_IN_CELL.search(traceback)
    line = code_line(notebook, index, text) + (int(inside[1]) - 1 if inside else 0)
    value = _CELL_FILE.sub("", error.evalue)
    return Failure(line, f"the cell raises {error.ename}: {value}", traceback)


def _unreadable(error: Exception) -> Failure:
    found = _LINE_OF_OPTIONS.search(str(error))
    line, why = (int(found[1]), found[2]) if found else (1, str(error))
    return Failure(line, f"the cell's options can't be read: {' '.join(why.split())}", unreadable=True)


def _raised(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))


def _last_begun(notebook: NotebookNode, text: str) -> int:
    """The cells before it have an execution count; the one that hung or crashed has none yet."""
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    begun = next((i for i in code if notebook.cells[i].execution_count is None), code[-1])
    return code_line(notebook, begun, text)
