"""For a book's tests: a chapter's own code, so that there is no second copy that could differ."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from exegesis.execution.notebook import cells_in_order, read_file
from exegesis.text import read_text

_instead: dict[Path, str] = {}


@contextmanager
def instead(chapter: Path, program: str) -> Iterator[None]:
    """Let other code stand in the place of a chapter's, to see whether its tests notice.

    Args:
        chapter: its Markdown file.
        program: what `code` is to return for it.
    """
    path = chapter.resolve()
    _instead[path] = program
    try:
        yield
    finally:
        del _instead[path]


def code(chapter: Path) -> str:
    """Return all code cells of a chapter, in order, as one program; nothing for a page without any.

    Those of exercises are left out: no other cell sees what they do.

    Raises:
        OSError: the file can't be read.
    """
    if (program := _instead.get(chapter.resolve())) is not None:
        return program
    notebook = read_file(chapter, read_text(chapter))
    return "\n\n".join(cell.source for cell in cells_in_order(notebook)) if notebook else ""


def definitions(chapter: Path) -> SimpleNamespace:
    """Execute a chapter's imports, functions, classes and UPPER_CASE constants, and nothing else.

    Args:
        chapter: its Markdown file.

    Returns:
        What was defined, as attributes.

    Raises:
        SyntaxError: the code is no Python, but has a magic of IPython's, say. What the code raises is passed on.
    """
    kept = [node for node in ast.parse(code(chapter)).body if _is_definition(node)]
    namespace: dict[str, Any] = {"__name__": chapter.stem}
    exec(compile(ast.Module(kept, type_ignores=[]), str(chapter), "exec"), namespace)
    return SimpleNamespace(**namespace)


def _is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.isupper()
    return False
