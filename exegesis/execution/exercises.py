"""Answers to exercises, run when all other cells have run, each as if the others had not been.

An answer is a starter or a solution, with the cell that measures it if there is one.

What an exercise begins with is what the chapter's cells leave, all of them. What came of it is kept as the cell's
outputs, an error too: that a starter fails is as it should be. It is judged where the exercise's checks are read.
"""

from __future__ import annotations

import copy

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from exegesis.exercise import MEASURE, SOLUTION, STARTER, answer, is_of_exercise

from .failure import CELL_FILE
from .outputs import address

_ASIDE = "__import__('exegesis.kernel.aside', fromlist=['{0}']).{0}()"


class ExerciseError(Exception):
    """An exercise's cell that could not be run to its end, or to an error; the message tells the author why."""

    def __init__(self, cell: int, message: str) -> None:
        super().__init__(message)
        self.cell = cell


def exercise_cells(notebook: NotebookNode) -> list[int]:
    """Return which cells, by their index, are of exercises."""
    return [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and is_of_exercise(cell.metadata)]


def as_posed(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook to give away: starters have not run, and the code of solutions is folded."""
    for cell in (notebook.cells[index] for index in exercise_cells(notebook)):
        if cell.metadata.get(STARTER):
            cell.outputs, cell.execution_count = [], None
        elif cell.metadata.get(SOLUTION):
            cell.metadata["jupyter"] = {"source_hidden": True}
    return notebook


async def run_exercises(client: NotebookClient) -> None:
    """Run starters and solutions aside, in the kernel in which all other cells have run.

    Raises:
        ExerciseError: one takes too long, or the kernel died in it.
    """
    cells = client.nb.cells
    for index in exercise_cells(client.nb):
        name = cells[index].metadata.get(STARTER) or cells[index].metadata.get(SOLUTION)
        if name:
            await _ask(client, "begin", index)
            await _run(client, index, measure_of(client.nb, name))
            await _ask(client, "end", index)


def measure_of(notebook: NotebookNode, name: str) -> str:
    """Return the code that measures the answers to an exercise; nothing where they end in numbers themselves."""
    cells = (notebook.cells[index] for index in exercise_cells(notebook))
    return next((str(cell.source) for cell in cells if cell.metadata.get(MEASURE) == name), "")


async def _run(client: NotebookClient, index: int, measure: str) -> None:
    own = client.nb.cells[index]
    cell = copy.deepcopy(own)
    cell.source = answer(own.source, measure)
    raising, client.allow_errors = client.allow_errors, True
    try:
        await client.async_execute_cell(cell, index)
    except CellTimeoutError:
        raise ExerciseError(index, f"the cell of an exercise takes longer than {client.timeout:g} s") from None
    except DeadKernelError:
        raise ExerciseError(index, "the kernel died in this cell of an exercise") from None
    finally:
        client.allow_errors = raising
        client.nb.cells[index] = own  # nbclient puts in whatever it ran
    own.outputs = [_kept(output) for output in cell.outputs if _is_kept(cell, output)]
    own.execution_count = cell.execution_count


async def _ask(client: NotebookClient, what: str, index: int) -> None:
    assert client.kc
    asked = client.kc.execute("", silent=True, user_expressions={"aside": _ASIDE.format(what)})
    reply = await client.async_wait_for_reply(asked) or {}
    told = reply.get("content", {}).get("user_expressions", {}).get("aside", {})
    if told.get("status") != "ok":
        raise ExerciseError(index, f"the cell can't be run aside: {told.get('evalue', 'the kernel does not answer')}")


def _is_kept(cell: NotebookNode, output: NotebookNode) -> bool:
    """Keep of a starter what is judged; nobody sees the rest, such as where in memory its half-done object is."""
    judged = output.output_type in ("execute_result", "error") and not address([output])
    return judged or not cell.metadata.get(STARTER)


def _kept(output: NotebookNode) -> NotebookNode:
    if output.output_type == "error":
        output.traceback = []  # with places of this machine
        output.evalue = CELL_FILE.sub("", output.evalue)
    return output
