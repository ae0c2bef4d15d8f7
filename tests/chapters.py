"""The chapters' own code, for the oracle tests: the text is the source, there is no second copy."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from exegesis import testing

PAPERS = Path(__file__).parent.parent / "book" / "papers"


def code(slug: str) -> str:
    """Return all code cells of a chapter, in order, as one program."""
    return testing.code(PAPERS / f"{slug}.md")


def definitions(slug: str) -> SimpleNamespace:
    """Execute a chapter's imports, functions, classes and UPPER_CASE constants, and nothing else."""
    return testing.definitions(PAPERS / f"{slug}.md")
