"""Why a notebook did not run to its end, and in which line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from exegesis.fault import Fault, Kind
from exegesis.text import UnreadableError

from .notebook import IPYNB, code_line, has_lines
from .outputs import address, endless

_LONG = 1000  # characters of an error's message
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE_IN_CELL = re.compile(r"^ *Cell In\[\d+\], line (\d+)", re.MULTILINE)
CELL_FILE = re.compile(r" \(\d+\.py, line \d+\)$")
_LOAD = re.compile(r"Can't read file from :load: (.+)")
_LINE_OF_OPTIONS = re.compile(r"at line (\d+) could not be read: (?:ParseWarnings\(msg='([^']*)'|(.*))", re.DOTALL)


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not run to its end."""

    line: int  # of the file, from 1; of an .ipynb the number of the cell, or 0
    what: str
    mend: str = ""  # where more is known than that the cell is to be mended
    traceback: str = ""
    unreadable: bool = False  # it is no notebook at all, for MyST-NB neither
    encoding: bool = False  # its file is no UTF-8
    died: bool = False  # its kernel ended in the middle, by its own doing or by another's

    def fault(self, path: str) -> Fault:
        """Return what to tell of the notebook at this path, relative to the book's root."""
        mend = self.mend or f"mend the cell, and try it with 'exegesis build {PurePosixPath(path).stem}'"
        return Fault(path, self.line, self.what, mend, Kind.RUN.code)


class ExecutorError(Exception):
    """Notebooks can't be executed at all; the message is for whoever asked."""


def raised(notebook: NotebookNode, text: str, at: int | None, error: CellExecutionError) -> Failure:
    """Return the failure of a cell that raised."""
    if at is None:
        return Failure(1, f"the notebook raises {error.ename}: {error.evalue}")
    if error.ename == "NoneType":  # it was its value that did, when it was to be shown
        told = [output for output in notebook.cells[at].outputs if output.output_type == "error"]
        why = f": {told[0].ename}: {told[0].evalue[:_LONG]}" if told else ""
        return stopped(notebook, text, at, f"the cell's value can't be shown{why}")
    traceback = _ANSI.sub("", error.traceback or "")
    inside = _LINE_IN_CELL.search(traceback)
    line, value = code_line(notebook, at, text), CELL_FILE.sub("", error.evalue)
    if inside and has_lines(notebook):
        line += int(inside[1]) - 1
    where = f" in its line {inside[1]}" if inside and not has_lines(notebook) else ""
    value = value if len(value) <= _LONG else f"{value[:_LONG]} ..."
    return Failure(line, f"the cell raises {error.ename}{where}: {value}", traceback=traceback)


def stopped(notebook: NotebookNode, text: str, at: int | None, what: str, *, died: bool = False) -> Failure:
    """Return the failure of the cell that was running; None where none had begun."""
    return Failure(1 if at is None else code_line(notebook, at, text), what, died=died)


def shows_address(notebook: NotebookNode, text: str) -> Failure | None:
    """Return the failure of a notebook that shows where in memory an object is."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (shown := address(cell.get("outputs", []))):
            mend = "end the last line with ';', or show a property of it"
            return Failure(code_line(notebook, index, text), f"the cell shows {shown}, another at each run", mend)
    return None


def shows_endless(notebook: NotebookNode, text: str) -> Failure | None:
    """Return the failure of a notebook with Markdown that nobody could read; it is shown as text."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (signs := endless(cell.get("outputs", []))):
            mend = "show less, part it by blank lines, or print it"
            what = f"the cell shows Markdown with {signs:,} signs of emphasis or links in one paragraph"
            return Failure(code_line(notebook, index, text), what, mend)
    return None


def unreadable(error: Exception, path: Path) -> Failure:
    """Return the failure of a file that MyST-NB can't read."""
    first = 0 if path.suffix == IPYNB else 1
    if isinstance(error, UnreadableError):
        return Failure(error.line, error.what, error.mend, unreadable=True)
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        what = f"byte {error.start + 1} of the file, {error.object[error.start]:#x}, is no UTF-8"
        return Failure(line, what, "save the file in that encoding", unreadable=True, encoding=True)
    if isinstance(error, OSError):
        return Failure(first, f"the file can't be read: {error.strerror}", "look at its rights", unreadable=True)
    why = " ".join(str(error).split())
    if found := _LINE_OF_OPTIONS.search(str(error)):
        what = f"the cell's options can't be read: {' '.join((found[2] or found[3]).split())}"
        return Failure(int(found[1]), what, "write them as YAML", unreadable=True)
    if found := _LOAD.search(why):
        what = f"the file of ':load:' can't be read: {Path(found[1]).name}"
        return Failure(_line_of_load(path, found[1]), what, "name a file beside the page", unreadable=True)
    return Failure(first, f"the notebook can't be read: {why}", "open and save it in Jupyter", unreadable=True)


def _line_of_load(path: Path, loaded: str) -> int:
    """Return the line of the ``:load:`` that names a file; the first where it is not found."""
    lines = list(enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1))
    loads = [(number, line) for number, line in lines if ":load:" in line]
    named = [number for number, line in loads if line.rstrip().endswith(Path(loaded).name)]
    return next(iter(named or [number for number, _ in loads]), 1)


def runs(cell: NotebookNode) -> bool:
    """Say whether a cell is one that is executed."""
    return cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in cell.metadata.get("tags", ())
