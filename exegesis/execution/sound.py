"""What is wrong with a notebook before it is run: what stands in its file is no notebook, or no Python."""

from __future__ import annotations

import re
import warnings

import nbformat
from nbformat import NotebookNode

from exegesis.text import UnreadableError

from .notebook import has_lines

_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[ \t]*\{code-cell\}[ \t]+(?P<language>\S+)")
_PYTHON = {"python", "python3", "ipython", "ipython3", "py"}
_NAMES = ("claim", "values")  # options that are a name


def check_sound(notebook: NotebookNode, text: str) -> None:
    """Look through a notebook that a kernel of Python is to run.

    Args:
        notebook: as it was read.
        text: of its file.

    Raises:
        UnreadableError: it can't be what its author means; the line is that of the file, or the number of a cell.
    """
    if not has_lines(notebook):
        _check_form(notebook)
    lines = text.splitlines()
    kernel = notebook.metadata.get("kernelspec", {})
    known = _PYTHON | {str(kernel.get(key, "")).lower() for key in ("name", "language")}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        line = notebook.metadata["source_map"][index] if has_lines(notebook) else index + 1
        for name in _NAMES:
            if not isinstance(cell.metadata.get(name, ""), str):
                what = f"the cell's '{name}' is {cell.metadata[name]!r}, which is no name"
                raise UnreadableError(line, what, "write one of a-z, 0-9 and -")
        found = _FENCE.match(lines[line - 1]) if has_lines(notebook) else None
        if found and found["language"].lower() not in known:
            what = f"the cell is in {found['language']}, and the page's kernel speaks Python"
            raise UnreadableError(
                line, what, "write it in Python; code that is not run stands in ```" + found["language"]
            )


def _check_form(notebook: NotebookNode) -> None:
    """Hold an .ipynb to the form of notebooks; parts that are unknown, and ids that are not there, do no harm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ids
        _, whole = nbformat.validator.normalize(notebook)
    try:
        nbformat.validate(whole, relax_add_props=True)
    except nbformat.ValidationError as error:
        place = list(error.absolute_path)
        number = place[1] + 1 if len(place) > 1 and place[0] == "cells" else 0
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[2 if number else 0 :])
        part = f"its {where.removeprefix('.')}" if where else "its form"
        what = f"the {'cell' if number else 'notebook'} can't be read: {part} is not right, {error.message[:90]}"
        raise UnreadableError(number, what, "open and save it in Jupyter") from None
