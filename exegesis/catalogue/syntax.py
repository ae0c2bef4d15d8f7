"""The syntax of a cell's code, read once for all who ask for it."""

from __future__ import annotations

import ast
import functools


@functools.lru_cache(maxsize=2048)  # the cells of a large book
def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree of code, which nobody may change; None of what is no Python."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):  # a null character, say
        return None
