"""Which cells of a chapter an exercise's answers depend on: a reader who runs one need not wait for the others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from exegesis.slicing.flow import slice_of, statements_of


def cells_needed(cells: Sequence[str], answers: Iterable[str]) -> list[int]:
    """Return the numbers, from 0, of the cells that any of the answers depends on: all where one is no Python.

    Args:
        cells: the sources of the cells that run before the answers, in order.
        answers: programs.
    """
    found: set[int] = set()
    try:
        trees = [ast.parse(cell) for cell in cells]
        for answer in answers:
            # One statement, so that all of it counts and not only what its last value hangs on.
            whole = ast.If(ast.Constant(True), ast.parse(answer).body or [ast.Pass()], [])
            statements = statements_of([*trees, ast.fix_missing_locations(ast.Module([whole], []))])
            found |= {statements[i].cell for i in slice_of(statements, len(cells))}
    except (SyntaxError, ValueError):
        return list(range(len(cells)))
    return sorted(found - {len(cells)})
