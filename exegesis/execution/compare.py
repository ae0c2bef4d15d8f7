"""Comparing what is stored with what fresh kernels give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import v4

from exegesis.limits import Limits

from .failure import Failure
from .notebook import code_line
from .run import Read, Run, read_myst, run_notebooks
from .store import Store


def run_fresh(
    runs: Sequence[Run],
    store: Store,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    environment: dict[str, str] | None = None,
    read: Read | None = None,
    progress: Callable[[int, int, Run], None] = lambda done, total, run: None,
) -> list[Run]:
    """Run notebooks again in kernels that are started from nothing, and compare with what they gave.

    The store is left as it is.

    Returns:
        One `Run` for each notebook; its failure is a cell that shows something else than before.
    """
    with (
        tempfile.TemporaryDirectory(prefix=".fresh-", dir=store.path.parent) as folder,
        Store(Path(folder), store.root, store.environment, store.variables) as fresh,
    ):
        again = run_notebooks(
            [run.path for run in runs],
            fresh,
            jobs=jobs,
            limits=limits,
            forked=False,
            environment=environment,
            read=read,
            progress=progress,
        )
        return [
            replace(new, failure=new.failure or _difference(run, new, read or read_myst))
            for run, new in zip(runs, again, strict=True)
        ]


def _difference(run: Run, again: Run, read: Read) -> Failure | None:
    assert run.result and again.result
    ours, theirs = (_cells(found.file) for found in (run.result, again.result))
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one.outputs != other.outputs:
            text = run.path.read_text(encoding="utf-8")
            made = read(run.path, text)
            assert made  # it was run
            notebook, _ = made
            code = [place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
            line = code_line(notebook, code[index], text)
            return Failure(line, "the cell shows something else when it is run again in a kernel of its own")
    return None


def _cells(file: Path) -> Any:
    return v4.reads(file.read_text(encoding="utf-8")).cells  # type: ignore[no-untyped-call]
