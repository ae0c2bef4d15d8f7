"""A chapter in one state of a book: its text, claims, cells, tests and evidence, read as data."""

from __future__ import annotations

import ast
import base64
import functools
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from exegesis.catalogue import Declared, Layout, declared
from exegesis.catalogue.doubted import Evidence, doubted_in
from exegesis.catalogue.evidence import evidence_path
from exegesis.catalogue.load import SUFFIXES
from exegesis.contract import read_chapter
from exegesis.contract.acknowledging import Acknowledged, acknowledged
from exegesis.contract.chapter import Cell, Chapter
from exegesis.doubt.reach import modules_among
from exegesis.exercise import is_of_exercise
from exegesis.fault import Fault, Kind
from exegesis.slicing.flow import Statement, statements_of
from exegesis.slicing.needed import code_digest
from exegesis.text import UnreadableError

from .files import Files, text_of


@dataclass(frozen=True)
class Picture:
    """A picture that a cell showed, or that is drawn in a file."""

    name: str  # of the figure, or the cell's number
    caption: str
    kind: str  # such as image/png
    data: bytes

    @property
    def address(self) -> str:
        """The picture as an address that holds it."""
        return f"data:{self.kind};base64,{base64.b64encode(self.data).decode()}"


@dataclass
class State:
    """A chapter as it is in one state."""

    chapter: Chapter
    claims: dict[str, Declared] = field(default_factory=dict)  # those that can be read, in their order
    faults: list[Fault] = field(default_factory=list)  # why something of it can't be compared
    tests: dict[str, str] = field(default_factory=dict)  # the chapter's modules of tests: path -> text
    pictures: list[Picture] = field(default_factory=list)  # those in files
    evidence_file: str = ""  # its path
    evidence: Evidence | None = None  # what that says, whatever code it is about

    @property
    def name(self) -> str:
        """The path of its file."""
        return self.chapter.name

    @property
    def text(self) -> str:
        return self.chapter.text

    @functools.cached_property
    def code(self) -> str:
        """All its code."""
        return "\n\n".join(cell.source for cell in self.chapter.cells)

    @functools.cached_property
    def trees(self) -> list[ast.Module]:
        """The syntax of its cells; empty of one that is no Python."""
        return [cell.tree or ast.Module([], []) for cell in self.chapter.cells]

    @functools.cached_property
    def statements(self) -> list[Statement]:
        """The statements of all its cells, with what each reads and writes."""
        return statements_of(self.trees)

    @functools.cached_property
    def digest(self) -> str:
        """What its evidence has to be known by."""
        cells = [
            (cell.source, str(cell.options.get("claim", "")))
            for cell in self.chapter.cells
            if not is_of_exercise(cell.options)
        ]
        return code_digest(cells, list(self.claims.values()))

    @property
    def current(self) -> Evidence | None:
        """The evidence file, if it is about this code."""
        return self.evidence if self.evidence and self.evidence.code == self.digest else None

    @property
    def acknowledged(self) -> list[Acknowledged]:
        """The weakenings that its author stands by."""
        return list(acknowledged(self.chapter.comments))

    def proof_of(self, claim: str) -> int | None:
        """Return the number of the cell that proves a claim, from 0; None where none, or several, bear its name."""
        found = [i for i, cell in enumerate(self.chapter.cells) if cell.options.get("claim") == claim]
        return found[0] if len(found) == 1 else None

    def cell_of(self, claim: str) -> Cell | None:
        """Return the cell that proves a claim."""
        number = self.proof_of(claim)
        return None if number is None else self.chapter.cells[number]


def chapters_in(files: Files, layout: Layout) -> dict[str, str]:
    """Return the paths of the chapters by slug; as `exegesis.catalogue.chapter_files` finds them in a folder."""
    names = [PurePosixPath(name) for name in files.names(layout.papers)]
    hidden = [name for name in names if any(part.startswith(".") for part in name.relative_to(layout.papers).parts)]
    return {name.stem: name.as_posix() for name in names if name.suffix in SUFFIXES and name not in hidden}


def read_state(files: Files, layout: Layout, name: str) -> State:
    """Read a chapter.

    Args:
        files: of the book, in one state.
        layout: where the book keeps its papers.
        name: the path of the chapter's file.
    """
    text = text_of(files, name) or ""
    path = PurePosixPath(name)
    state = State(read_chapter(Path(name), name, text))
    for claim in declared(text, state.chapter.is_notebook):
        if claim.wrong:
            what, _, mend = claim.wrong.partition("; ")  # as the contract tells it
            told = f"claim '{claim.id}': {what}"
            state.faults.append(Fault(name, claim.line, told, mend or "correct it", Kind.CLAIM.code, 1))
        elif claim.id not in state.claims:
            state.claims[claim.id] = claim
    state.faults += _unreadable(state.chapter)
    modules = modules_among(files.names("tests"), path.stem, lambda each: text_of(files, each) or "")
    state.tests = {each: text_of(files, each) or "" for each in modules}
    state.pictures = list(_pictures(state.chapter, files))
    _read_evidence(state, files, layout)
    return state


def _pictures(chapter: Chapter, files: Files) -> Iterator[Picture]:
    for each in chapter.directives:
        if each.name == "picture":
            name = posixpath.normpath(PurePosixPath(chapter.name).parent / each.argument)
            if (data := files.bytes(name)) is not None:
                yield Picture(each.options.get("name", each.argument), "", "image/svg+xml", data)


def _unreadable(chapter: Chapter) -> Iterable[Fault]:
    for cell in chapter.cells:
        if cell.wrong:
            what = f"the cell can't be compared: {cell.wrong}"
            yield Fault(chapter.name, cell.options_line, what, "quote text that has a colon", Kind.CHAPTER.code)
        elif cell.tree is None:
            what = "the cell can't be compared: it is no plain Python"
            yield Fault(chapter.name, cell.line, what, "correct it", Kind.RUN.code)


def _read_evidence(state: State, files: Files, layout: Layout) -> None:
    state.evidence_file = evidence_path(Path(), layout.papers, state.chapter.slug).as_posix()
    text = text_of(files, state.evidence_file)
    try:
        state.evidence = doubted_in(text, state.chapter.slug, state.claims.values()) if text is not None else None
    except UnreadableError as error:
        state.faults.append(error.fault(state.evidence_file, Kind.EVIDENCE))
