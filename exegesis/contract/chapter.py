"""A chapter as the rules see it: cells, headings, prose and directives, each with its line."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exegesis.catalogue.frontmatter import NOTEBOOK
from exegesis.catalogue.syntax import parsed

#: Stands for what is no text: a formula, code, a role.
GAP = "\ufffc"


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    source: str
    line: int  # of its first line of code; of a notebook the number of the cell
    options: dict[str, Any]
    options_line: int  # of the first line after the fence
    end: int  # the line of the closing fence
    outputs: int = 0  # how many are kept in the file
    is_numbered: bool = False  # whether `line` is the number of the cell
    wrong: str = ""  # what can't be read in the options

    @property
    def tags(self) -> list[Any]:
        """Its tags, as JupyterLab knows them."""
        tags = self.options.get("tags")
        return tags if isinstance(tags, list) else []

    @functools.cached_property
    def tree(self) -> ast.Module | None:
        """The syntax; None of what is no Python."""
        return parsed(self.source)

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the syntax."""
        return tuple(ast.walk(self.tree)) if self.tree else ()

    @functools.cached_property
    def imports(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """Its imports, at whatever depth."""
        return tuple(node for node in self.nodes if isinstance(node, ast.Import | ast.ImportFrom))

    @functools.cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        """Its calls."""
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    def at(self, line: int) -> int:
        """Return the line of the file for one of the code, from 1."""
        return self.line if self.is_numbered else self.line + line - 1


@dataclass(frozen=True)
class Heading:
    """A heading."""

    level: int
    text: str
    line: int


@dataclass(frozen=True)
class Prose:
    """A run of text, with a `GAP` for each formula, role and piece of code."""

    text: str
    line: int
    is_numbered: bool = False

    def at(self, position: int) -> int:
        """Return the line of a place in the text."""
        return self.line if self.is_numbered else self.line + self.text.count("\n", 0, position)


@dataclass(frozen=True)
class Directive:
    """A directive that is no cell: its options as they stand there, one text each."""

    name: str
    argument: str
    options: dict[str, str]
    line: int
    content: str = ""


@dataclass(frozen=True)
class Link:
    """A link, a picture or a role."""

    kind: str  # link, image, or the role's name
    target: str
    text: str
    line: int


@dataclass
class Chapter:
    """One chapter, read."""

    path: Path
    name: str  # relative to the book's root
    text: str
    front: dict[str, Any] = field(default_factory=dict)
    front_end: int = 0  # the line that closes the front matter
    cells: list[Cell] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    prose: list[Prose] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    formulas: list[int] = field(default_factory=list)  # the lines of those that have a number
    labels: set[str] = field(default_factory=set)
    comments: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[tuple[int, int]] = field(default_factory=list)  # first and last line of each, the outer ones alone

    @property
    def slug(self) -> str:
        return self.path.stem

    @property
    def is_notebook(self) -> bool:
        return self.path.suffix == NOTEBOOK

    @property
    def drawn(self) -> list[Cell]:
        """The cells that show a figure."""
        return [cell for cell in self.cells if "plt.show()" in cell.source]

    def place(self, line: int, word: str) -> tuple[int, int]:
        """Return the line and the column of a word that stands at a line, or soon after it."""
        if not self.is_notebook:
            lines = self.text.splitlines()
            for number in range(max(line, 1), min(line + 12, len(lines)) + 1):
                if found := re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[number - 1]):
                    return number, found.start() + 1
        return line, 0
