"""Which cells are an exercise's: they are run aside, after all others, and nothing else sees what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Options of a cell whose value is the exercise's name: what a reader begins with, one way to do it, and what is run
#: after either, to look at what was written.
STARTER, SOLUTION, MEASURE = "starter", "solution", "measure"
PARTS = (STARTER, SOLUTION, MEASURE)


def is_of_exercise(options: Mapping[str, Any]) -> bool:
    """Say whether the cell with these options, or this metadata, is one of an exercise."""
    return any(options.get(part) for part in PARTS)


def answer(source: str, measure: str) -> str:
    """Return the program that an answer is: what was written, and what looks at it."""
    return f"{source}\n\n{measure}" if measure else source
