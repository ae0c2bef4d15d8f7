"""What makes a result differ from run to run, or depend on what nobody sees: told of a book that promises neither."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from exegesis.limits import TAG

from .chance import Names, clock_reads, refers, seeded_generators, unseeded
from .failure import Failure
from .notebook import code_line, has_lines
from .seen import Seen

#: What a cell may do, by the word that allows it: what is told of it, and what to write instead.
USES = {
    "clock": ("reads the clock ({}): it differs at each run", "show what does not depend on time"),
    "randomness": (
        "draws from {}, which nothing seeds: it differs at each run",
        "pass on one rng = np.random.default_rng(seed); libraries take it, or a number, as rng or random_state",
    ),
    "processes": (
        "starts a process ({}): what that reads is not seen, and would not be noticed when it changes",
        "do it in Python",
    ),
    "network": ("asks the network ({}): what answers is another one each time", "keep the data beside the chapter"),
}
_MAGIC = re.compile(r"^([ \t]*)[%!].*", re.MULTILINE)  # IPython's own, and commands of the shell
_GENERATORS = {"numpy": "numpy's global generator", "random": "the global generator of 'random'"}


@dataclass(frozen=True, order=True)
class Use:
    """One of these, of one cell."""

    cell: int  # among the cells with code, from 0
    line: int  # of the cell's code, from 1; 0 where it is not known
    kind: str  # of `USES`
    what: str


def uses_of(notebook: NotebookNode, seen: Seen, modules: Iterable[Path] = ()) -> list[Use]:
    """Return what a notebook that was run used, in its order.

    Args:
        notebook: with its outputs.
        seen: by its kernel.
        modules: the local ones that it imported: their code may read the clock or seed a generator too.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = {cell.execution_count: place for place, cell in enumerate(cells) if cell.get("execution_count")}
    trees = {place: tree for place, cell in enumerate(cells) if (tree := _parsed(cell.source))}
    names = Names()
    for tree in trees.values():
        names.add(tree)
    found: set[Use] = set()
    seeded: dict[str, int] = {}  # generator -> the first cell that seeds it
    for path in modules:
        if path.is_file() and (tree := _parsed(path.read_text(encoding="utf-8", errors="replace"))):
            own = Names()
            own.add(tree)
            seeded |= dict.fromkeys(seeded_generators(tree, own), -1)
            place, line = _importing(path.stem, trees)
            found |= {Use(place, line, kind, f"{name} in {path.name}:{at}") for kind, at, name in _read(tree, own)}
    for place, cell in enumerate(cells):
        found |= {Use(place, line, "clock", name) for line, name in _timing(cell.source)}
    for place, tree in trees.items():
        found |= {Use(place, line, kind, name) for kind, line, name in _read(tree, names)}
        seeded = dict.fromkeys(seeded_generators(tree, names), place) | seeded
    for act in seen.acts:
        if (ran := counts.get(act.count)) is not None:  # else the frame of a slider, whose cell did it before
            if act.kind in USES:
                found.add(Use(ran, act.line, act.kind, act.what))
            elif act.kind == "import or generator" and not refers(trees.get(ran, ast.Module([], [])), names, act.what):
                continue
            elif not seeded.get(act.what, ran + 1) <= ran:
                found.add(Use(ran, 0, "randomness", _GENERATORS[act.what]))
    return sorted(found)


def not_allowed(notebook: NotebookNode, text: str, uses: Iterable[Use], allowed: Container[str]) -> list[Failure]:
    """Return what to tell of uses that neither the book nor a tag of the cell allows, each kind once a cell."""
    places = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    told: dict[tuple[int, str], Failure] = {}
    for use in uses:
        index, tag = places[use.cell], TAG.format(use.kind)
        if use.kind not in allowed and tag not in notebook.cells[index].metadata.get("tags", ()):
            what, mend = USES[use.kind]
            line = code_line(notebook, index, text) + (max(0, use.line - 1) if has_lines(notebook) else 0)
            failure = Failure(line, f"the cell {what.format(use.what)}", f"{mend}, or tag the cell '{tag}'")
            told.setdefault((use.cell, use.kind), failure)
    return list(told.values())


def _read(tree: ast.Module, names: Names) -> Iterator[tuple[str, int, str]]:
    yield from (("clock", line, name) for line, name in clock_reads(tree, names))
    yield from (("randomness", line, name) for line, name in unseeded(tree, names))


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(_MAGIC.sub(r"\1pass", code))
    except (SyntaxError, ValueError):
        return None


def _timing(code: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(code.splitlines(), 1):
        if found := re.match(r"\s*(?:\w+\s*=\s*)?(%{1,2}time(?:it)?)\b", line):
            yield number, found[1]


def _importing(module: str, trees: dict[int, ast.Module]) -> tuple[int, int]:
    """Return the cell that imports a module, and the line in it; the first cell if it is another module that does."""

    def imports() -> Iterator[tuple[int, int]]:
        for place, tree in trees.items():
            for node in ast.walk(tree):
                named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if module in {name.partition(".")[0] for name in named}:
                    yield place, node.lineno  # type: ignore[attr-defined]

    return next(imports(), (0, 0))
