"""Running a chapter for a review: alone, in a kernel that is started from nothing, with nothing kept of it."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from exegesis.catalogue import CheckError, read_values
from exegesis.execution.frames import OPTION as SLIDER
from exegesis.execution.kernel import Executor
from exegesis.execution.meter import Spent
from exegesis.execution.notebook import code_line, read_file
from exegesis.execution.run import run_to_end
from exegesis.execution.uses import not_allowed, uses_of
from exegesis.limits import Limits

from .files import Files
from .ran import Cost, Ran
from .state import Picture, State

_PICTURES = ("image/png", "image/svg+xml", "image/jpeg")


def run_chapter(
    path: Path,
    text: str,
    limits: Limits,
    environment: Mapping[str, str],
    allowed: Iterable[str] = (),
) -> Ran:
    """Run a chapter's cells.

    Args:
        path: its file: the cells run in its folder.
        text: what is in it.
        limits: beyond which it is stopped.
        environment: of its kernel.
        allowed: what cells may use without a tag, such as the clock.
    """
    notebook = read_file(path, text)
    if notebook is None:
        return Ran(0.0)

    for cell in notebook.cells:  # for a page its pictures are made; a verdict needs none of them
        cell.metadata.pop(SLIDER, None)

    async def run() -> Any:
        async with Executor(limits, jobs=1, forked=False, environment=dict(environment), measured=True) as executor:
            return await executor.execute(notebook, path, text)

    execution = run_to_end(run())
    found = Ran(execution.seconds, execution.failure)
    found.costs = [_cost(spent, code_line(notebook, spent.cell, text)) for spent in execution.spent]
    if execution.seen and not execution.failure:
        found.uses = not_allowed(notebook, text, uses_of(notebook, execution.seen), list(allowed))
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            _read(found, cell, number)
    return found


def _cost(spent: Spent, line: int) -> Cost:
    return Cost(line, spent.seconds, spent.memory)


def _read(found: Ran, cell: Any, number: int) -> None:
    """Take in what a cell gave."""
    name = cell.metadata.get("claim") or cell.metadata.get("values")
    results = [each for each in cell.outputs if each.output_type == "execute_result"]
    if name:
        try:
            found.values[str(name)] = read_values(results[-1].data.get("text/plain", "") if results else "")
        except CheckError as error:
            found.wrong[str(name)] = str(error)
    figure = (cell.metadata.get("mystnb") or {}).get("figure") or {}
    for place, output in enumerate(cell.outputs):
        data = output.get("data", {})
        kind = next((kind for kind in _PICTURES if kind in data), None)
        if kind:
            content = "".join(data[kind])
            raw = content.encode() if kind.endswith("xml") else base64.b64decode(content)
            title = figure.get("name") or f"cell {number}" + (f", {place}" if place else "")
            found.pictures.append(Picture(str(title), str(figure.get("caption", "")), kind, raw))


def run_before(state: State, files: Files, limits: Limits, environment: Mapping[str, str]) -> Ran:
    """Run a chapter as it was, in a temporary folder with what stood around it."""
    first = PurePosixPath(state.name).parts[0]
    with tempfile.TemporaryDirectory(prefix="exegesis-review-") as folder:
        for name in files.names(first):
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.bytes(name) or b"")
        return run_chapter(Path(folder, state.name), state.text, limits, environment)
