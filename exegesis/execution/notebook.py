"""A notebook and how it asks to be run."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat.warnings
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode

from exegesis.exercise import is_of_exercise

# The block syntax of most books: it decides where cells begin and end.
_SYNTAX = MdParserConfig(enable_extensions={"colon_fence", "deflist", "dollarmath"})
IPYNB = ".ipynb"
_LOAD = re.compile(r"^[ \t]*:?load:[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """How a notebook, or the book for it, asks to be run."""

    timeout: int | None = None  # seconds that a cell may take, -1 for any time; None: as the limits say
    allow_errors: bool = False  # go on after a cell that raises
    in_temp: bool = False  # in an empty folder that is removed afterwards
    always: bool = False  # even where it has a result


AS_USUAL = Options()


def read_notebook(text: str, path: Path | None = None) -> NotebookNode | None:
    """Read a MyST notebook as MyST-NB does; its file's path is needed where cells take in code by ``:load:``.

    Returns:
        The notebook, with ``metadata.source_map`` (the line of each cell), or None for
        a page without code cells.
    """
    if not is_myst_markdown_notebook(text):
        return None
    notebook: NotebookNode = read_myst_markdown_notebook(text, _SYNTAX, add_source_map=True, path=path)
    return notebook


def read_file(path: Path, text: str) -> NotebookNode | None:
    """Read a file's text as its ending says: an .ipynb, or as `read_notebook` does."""
    if path.suffix != IPYNB:
        return read_notebook(text, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=nbformat.warnings.MissingIDFieldWarning)  # it gives the cells some
        warnings.simplefilter("ignore", category=nbformat.warnings.DuplicateCellId)
        notebook: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def cells_in_order(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells that are run one after the other: all but those of exercises."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and not is_of_exercise(cell.metadata)]


def loaded_files(text: str, path: Path) -> list[Path]:
    """Return the files whose code cells take in by ``:load:``, as MyST-NB finds them."""
    return [path.parent / name.strip("'\"") for name in _LOAD.findall(text)]


def code_line(notebook: NotebookNode, index: int, text: str) -> int:
    """Return where the code of a cell begins.

    Of Markdown it is the line (from 1) of ``text`` after the cell's options; of an .ipynb, in whose file nobody
    looks for lines, the number of the cell (from 1).
    """
    if not has_lines(notebook):
        return index + 1
    lines = text.splitlines()
    code = notebook.cells[index].source.splitlines()
    opening = notebook.metadata["source_map"][index]  # from 1: the line of the fence
    starts = range(opening, len(lines) - len(code) + 1)
    return next((start for start in starts if lines[start : start + len(code)] == code), opening) + 1


def has_lines(notebook: NotebookNode) -> bool:
    """Say whether a notebook was read from a text with lines, and not from an .ipynb."""
    return "source_map" in notebook.metadata
