"""A chapter as it is doubted: its code cells but for those of exercises, and the claims that they prove."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exegesis.catalogue import CheckError, read_values
from exegesis.catalogue.claims import Declared, declared
from exegesis.execution.notebook import IPYNB, code_line, read_file
from exegesis.exercise import is_of_exercise
from exegesis.slicing.needed import Needed, code_digest, needed_of
from exegesis.text import read_text


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    source: str
    line: int  # of the chapter's file, at which its code begins
    claim: str = ""  # which it proves


@dataclass(frozen=True)
class Chapter:
    """A chapter with code."""

    slug: str
    path: Path
    cells: tuple[Cell, ...]
    claims: dict[str, Declared]  # those that have a cell, in the order of their cells

    @property
    def digest(self) -> str:
        """What its evidence is known by."""
        return code_digest(self._code, list(self.claims.values()))

    @property
    def needed(self) -> Needed:
        """What its claims depend on.

        Raises:
            SyntaxError: a cell is no Python.
        """
        return needed_of(self._code, self.claims.values())

    @property
    def _code(self) -> list[tuple[str, str]]:
        return [(cell.source, cell.claim) for cell in self.cells]

    def with_cell(self, index: int, source: str) -> str:
        """Return all code as one program, one cell of it replaced."""
        sources = [cell.source for cell in self.cells]
        sources[index] = source
        return "\n\n".join(sources)


def read_chapter(path: Path) -> Chapter:
    """Read a chapter.

    Raises:
        UnreadableError: its file can't be read.
        CheckError: a claim can't be.
    """
    text = read_text(path)
    notebook = read_file(path, text)
    cells = tuple(
        Cell(cell.source, code_line(notebook, i, text), cell.metadata.get("claim", ""))
        for i, cell in enumerate(notebook.cells if notebook else [])
        if notebook and cell.cell_type == "code" and not is_of_exercise(cell.metadata)
    )
    stated = {claim.id: claim for claim in declared(text, path.suffix == IPYNB)}
    claims = {cell.claim: stated[cell.claim] for cell in cells if cell.claim in stated}
    if wrong := next((claim for claim in claims.values() if claim.wrong), None):
        raise CheckError(f"claim '{wrong.id}': {wrong.wrong}")
    return Chapter(path.stem, path, cells, claims)


def notices(claim: Declared, text: str) -> bool:
    """Whether a claim's checks fail on a cell's value, as it is printed.

    Raises:
        CheckError: it is no number, or lacks one that a check names.
    """
    values = read_values(text)
    return any(not check.judge(values).holds for check in claim.asserted)
