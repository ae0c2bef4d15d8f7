"""Frames: the pictures behind a slider, made by running its cell again for each value.

A cell declares in its options which value a reader may move, ``slider: {temperature: [0.5, 1, 2]}``,
and begins with the assignment that is to be replaced, ``temperature = 1``. A ``label`` beside the values says
what the book calls it, and a ``unit`` what it is counted in. The frames are kept in the metadata of the cell's own
output, so that they go wherever the output goes.
"""

from __future__ import annotations

import ast
import base64
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

OPTION = "slider"
#: What the reader is told, each with an example; nothing that is run depends on them.
_TOLD = {"label": "what the book calls it", "unit": "pixels"}
MOST = 24  # values: more pictures than a reader would wait for
_PICTURE = "image/png"


class SliderError(Exception):
    """A slider that can't be made; the message tells the author why."""

    def __init__(self, cell: int, message: str) -> None:
        super().__init__(message)
        self.cell = cell


@dataclass(frozen=True)
class Slider:
    """A value that a reader may move."""

    cell: int  # its index in the notebook
    name: str
    values: tuple[float, ...]  # ascending
    still: int  # which of the values the cell has in the book
    assignment: tuple[int, int, int]  # line of the code, first and last column, all from 0

    def source(self, code: str, value: float) -> str:
        """Return the cell's code with another value; line for line the same."""
        lines = code.splitlines()
        line, begin, end = self.assignment
        lines[line] = f"{lines[line][:begin]}{value!r}{lines[line][end:]}"
        return "\n".join(lines)


@dataclass(frozen=True)
class Frame:
    """What the cell shows at one value."""

    value: float
    png: str  # base64, as notebooks keep pictures
    text: str  # what it printed

    @property
    def bytes(self) -> bytes:
        return base64.b64decode(self.png)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, from the head of the PNG."""
        head = self.bytes[16:24]
        return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")


def sliders_of(notebook: NotebookNode) -> list[Slider]:
    """Return the sliders that a notebook's cells declare.

    Raises:
        SliderError: a declaration can't be read, or does not fit its cell.
    """
    return [
        _slider(index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and OPTION in cell.metadata
    ]


def moved(metadata: Mapping[str, Any]) -> Any:
    """Return what a cell's options say of a slider, without its words: what the frames depend on."""
    declared = metadata.get(OPTION)
    if not isinstance(declared, dict):
        return declared
    return {name: each for name, each in declared.items() if name not in _TOLD}


def words_of(metadata: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Return what a reader is told that the slider moves, its label or else its parameter's name, and the unit."""
    declared = metadata.get(OPTION)
    label, unit = (declared.get(word) if isinstance(declared, dict) else None for word in _TOLD)
    return label or name.replace("_", " "), unit or ""


def _slider(index: int, cell: NotebookNode) -> Slider:
    declared = moved(cell.metadata)
    if not isinstance(declared, dict) or len(declared) != 1:
        raise SliderError(index, "'slider' names one parameter and its values, such as 'temperature: [0.5, 1, 2]'")
    ((name, values),) = declared.items()
    for (word, example), told in zip(_TOLD.items(), words_of(cell.metadata, name), strict=True):
        if not isinstance(told, str):
            raise SliderError(index, f"the {word} of the slider '{name}' is no text; write '{word}: {example}'")
    if not isinstance(values, list) or not 2 <= len(values) <= MOST:
        raise SliderError(index, f"the slider '{name}' needs a list of 2 to {MOST} values")
    if strange := [value for value in values if isinstance(value, bool) or not isinstance(value, int | float)]:
        hint = "; write 1.0e-3, with a dot and a sign" if "e" in str(strange[0]).lower() else ""
        raise SliderError(index, f"the slider '{name}' has a value that is no number: {strange[0]!r}{hint}")
    if sorted(set(values)) != values:
        raise SliderError(index, f"the values of the slider '{name}' do not ascend; put them in order, each once")
    value, assignment = _assignment(index, cell.source, name)
    if value not in values:
        raise SliderError(index, f"the cell's own {name} = {value!r} is not among the slider's values; add it there")
    return Slider(index, name, tuple(values), values.index(value), assignment)


def _assignment(index: int, code: str, name: str) -> tuple[Any, tuple[int, int, int]]:
    """Return the literal that the cell's first statement assigns, and where it stands."""
    try:
        first = ast.parse(code).body[0]
        if isinstance(first, ast.Assign) and isinstance(target := first.targets[0], ast.Name) and target.id == name:
            value, literal = first.value, ast.literal_eval(first.value)
            if len(first.targets) == 1 and value.lineno == value.end_lineno:
                # Columns are counted in bytes; before a literal's end there is only its name.
                return literal, (value.lineno - 1, value.col_offset, value.end_col_offset or 0)
    except (SyntaxError, ValueError, IndexError):
        pass
    raise SliderError(
        index, f"the cell of the slider '{name}' begins otherwise; begin it with '{name} = ' and a number"
    )


async def take_frames(client: NotebookClient, sliders: Sequence[Slider]) -> None:
    """Run the cells of sliders again, after the last cell and in the same kernel, once for each value.

    The frames are put into the cells' outputs; execution counts stay.

    Raises:
        SliderError: a cell fails at a value, gives another picture when it is run again, or
            pictures of several sizes.
    """
    for slider in sliders:
        own = client.nb.cells[slider.cell]
        still = _frame(slider, own, slider.values[slider.still])
        frames: dict[float, Frame] = {}
        try:
            for value in sorted(slider.values, key=lambda value: value != still.value):  # the still first
                frames[value] = await _run_again(client, slider, own, value)
                _compare(slider, still, frames[value])
        finally:
            client.nb.cells[slider.cell] = own  # nbclient puts in whatever it ran
        for one, next_one in pairwise(frames[value] for value in slider.values):
            if (one.png, one.text) == (next_one.png, next_one.text):
                values = f"{slider.name} = {one.value!r} and {next_one.value!r}"
                raise SliderError(slider.cell, f"{values} give the same; leave one out, or the slider seems stuck")
        output = next(output for output in own.outputs if _PICTURE in output.get("data", {}))
        output.metadata[OPTION] = {
            "name": slider.name,
            "still": slider.still,
            "frames": [vars(frames[value]) for value in slider.values],
        }


async def _run_again(client: NotebookClient, slider: Slider, own: NotebookNode, value: float) -> Frame:
    cell = copy.deepcopy(own)
    if value != slider.values[slider.still]:
        cell.source = slider.source(own.source, value)
    where = f"at {slider.name} = {value!r}"
    try:
        await client.async_execute_cell(cell, slider.cell, own.execution_count, store_history=False)
    except CellExecutionError as error:
        raise SliderError(slider.cell, f"{where} the cell raises {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise SliderError(slider.cell, f"{where} the cell takes longer than {client.timeout:g} s") from None
    except DeadKernelError:
        raise SliderError(slider.cell, f"{where} the kernel died") from None
    return _frame(slider, cell, value)


def _frame(slider: Slider, cell: NotebookNode, value: float) -> Frame:
    pictures, printed, other = [], [], 0
    for output in cell.outputs:
        if picture := output.get("data", {}).get(_PICTURE):
            pictures.append(picture)
        elif output.output_type == "stream" and output.name == "stdout":
            printed.append(output.text)
        else:
            other += 1
    if len(pictures) != 1 or other:
        what = "a value or a warning" if other else f"{len(pictures)} pictures"
        raise SliderError(
            slider.cell,
            f"at {slider.name} = {value!r} the cell gives {what}; with a slider it gives one figure and printed text",
        )
    return Frame(value, pictures[0], "".join(printed).strip())


def _compare(slider: Slider, still: Frame, frame: Frame) -> None:
    if frame.value == still.value and frame != still:
        what = "picture" if frame.png != still.png else "text"
        raise SliderError(
            slider.cell,
            f"the cell gives another {what} when it is run again; "
            "give it its own rng, and let no later cell change what it reads",
        )
    if frame.size != still.size:
        raise SliderError(
            slider.cell,
            "the picture is {} x {} pixels at {name} = {!r}, and {} x {} at {!r}; "
            "fix the limits of the axes and the room that texts take".format(
                *frame.size, frame.value, *still.size, still.value, name=slider.name
            ),
        )


def frames_of(cell: NotebookNode) -> tuple[str, int, list[Frame]] | None:
    """Return the name of a cell's slider, which frame is the still, and the frames; None where there are none."""
    for output in cell.get("outputs", ()):
        if kept := output.get("metadata", {}).get(OPTION):
            return kept["name"], kept["still"], [Frame(**frame) for frame in kept["frames"]]
    return None


def without_frames(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook to give away: readers run its cells themselves."""
    notebook = copy.deepcopy(notebook)
    for cell in _slider_cells(notebook):
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).pop(OPTION, None)
    return notebook


def _slider_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if OPTION in cell.metadata)
