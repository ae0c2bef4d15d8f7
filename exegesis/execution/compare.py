"""Comparing what is stored with what fresh kernels give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from exegesis.execution.store import Store, stored_result

from .failure import Failure
from .limits import Limits
from .notebook import code_line, read_notebook
from .run import Run, run_notebooks


def run_fresh(
    paths: Sequence[Path],
    stored: Path,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Callable[[int, int, Run], None] = lambda done, total, run: None,
) -> list[Run]:
    """Run notebooks in kernels that are started from nothing, and compare with the store at ``stored``.

    That store is left as it is.

    Returns:
        One `Run` for each notebook; its failure is a cell that shows something else than in the store.
    """
    stored.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fresh-", dir=stored.parent) as folder:
        fresh = Store(Path(folder))
        runs = run_notebooks(paths, fresh, jobs=jobs, limits=limits, forked=False, progress=progress)
        return [replace(run, failure=run.failure or _difference(run.path, stored, fresh.path)) for run in runs]


def _difference(path: Path, stored: Path, fresh: Path) -> Failure | None:
    text = path.read_text(encoding="utf-8")
    notebook = read_notebook(text)
    assert notebook is not None  # it was run
    ours, theirs = stored_result(stored, notebook), stored_result(fresh, notebook)
    if ours is None or theirs is None:
        return Failure(1, "there is no stored result to compare with", "run 'exegesis execute' first")
    for index, (one, other) in enumerate(zip(ours.cells, theirs.cells, strict=True)):
        if one.get("outputs") != other.get("outputs"):
            line = code_line(notebook, index, text)
            return Failure(line, "the cell shows something else when it is run again in a kernel of its own")
    return None
