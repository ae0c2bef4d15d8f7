"""Which cells of a chapter an exercise's answers depend on: a reader who runs one need not wait for the others."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Sequence

from exegesis.slicing.flow import behind, statements_of


def cells_needed(cells: Sequence[str], answers: Iterable[str]) -> list[int]:
    """Return the numbers, from 0, of the cells that any of the answers depends on: all where one is no Python.

    A cell is run as a whole, so it needs what each of its statements does.

    Args:
        cells: the sources of the cells that run before the answers, in order.
        answers: programs.
    """
    found: set[int] = set()
    try:
        trees = [_parsed(cell) for cell in cells]
        for answer in answers:
            statements = statements_of([*trees, ast.parse(answer)])
            waiting, run = {len(cells)}, set()
            while waiting:
                run.add(cell := waiting.pop())
                own = (i for i, statement in enumerate(statements) if statement.cell == cell)
                waiting |= {statements[i].cell for last in own for i in behind(statements, last)} - run
            found |= run
    except (SyntaxError, ValueError):
        return list(range(len(cells)))
    return sorted(found - {len(cells)})


@functools.lru_cache(maxsize=256)  # each exercise of a chapter asks of the same cells
def _parsed(cell: str) -> ast.Module:
    return ast.parse(cell)
