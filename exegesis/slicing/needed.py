"""What of a chapter's code its claims depend on: what is doubted, and what the evidence of it is known by.

All functions and classes that compute belong to it, for each has an oracle test. Drawing, worked examples and other
cells that no claim depends on do not: one may change them and keep the evidence.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exegesis.catalogue.claims import Declared
from exegesis.slicing.flow import slice_of, statements_of
from exegesis.slicing.pruning import pruned

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Needed:
    """The code that a chapter's claims depend on."""

    trees: list[ast.Module]  # of the cells, with these statements alone; places are those of the source
    slices: dict[str, set[int]]  # for each claim the numbers, among these, of those that its cell depends on


def needed_of(cells: Sequence[tuple[str, str]], claims: Iterable[Declared]) -> Needed:
    """Return what the claims of a chapter depend on.

    Args:
        cells: of each code cell, in the order in which they run and without those of exercises, its source, and the
            name of the claim that it proves, or nothing.
        claims: those of the chapter.

    Raises:
        SyntaxError: a cell is no Python.
    """
    stated = {claim.id: claim for claim in claims}
    proving = {i: stated[name] for i, (_, name) in enumerate(cells) if name in stated}
    checked = {i: set().union(*(check.names for check in claim.asserted)) for i, claim in proving.items()}
    code = pruned([source for source, _ in cells], checked)
    statements = statements_of(code.trees)
    slices = {claim.id: slice_of(statements, i) for i, claim in proving.items()}
    kept = set().union(*slices.values()) | {
        i
        for i, statement in enumerate(statements)
        if isinstance(statement.node, _Definition) and statement.node.name not in code.drawing
    }
    numbers = {old: new for new, old in enumerate(sorted(kept))}
    bodies: list[list[ast.stmt]] = [[] for _ in cells]
    for i in numbers:
        bodies[statements[i].cell].append(statements[i].node)
    trees = [ast.Module(body, []) for body in bodies]
    return Needed(trees, {name: {numbers[i] for i in those} for name, those in slices.items()})


def code_digest(cells: Sequence[tuple[str, str]], claims: Sequence[Declared]) -> str:
    """Return what a chapter's evidence is known by: the code that its claims depend on, and their checks.

    Args:
        cells: as of `needed_of`.
        claims: those of the chapter.
    """
    proved = {name for _, name in cells}
    checks = sorted((claim.id, [str(check) for check in claim.asserted]) for claim in claims if claim.id in proved)
    try:
        needed = needed_of(cells, claims)
    except (SyntaxError, ValueError):  # what is no Python can't be doubted; all of it counts
        told: object = [source for source, _ in cells]
    else:
        statements = [
            _lines(source, statement)
            for (source, _), tree in zip(cells, needed.trees, strict=True)
            for statement in tree.body
        ]
        told = [statements, sorted((name, sorted(those)) for name, those in needed.slices.items())]
    return hashlib.sha256(json.dumps([told, checks]).encode()).hexdigest()


def _lines(source: str, statement: ast.stmt) -> str:
    """Return a statement as it is written, decorators too: how Python unparses it differs by version."""
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
    lines = source.splitlines(keepends=True)[first - 1 : statement.end_lineno]
    return "".join(lines)
