"""What a notebook's code imports, read from it without running it."""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterator

from nbformat import NotebookNode

from .failure import runs

# Slow to import and the same wherever they are imported: done once, before kernels are forked.
WARM = ("numpy", "matplotlib", "scipy", "autograd", "sklearn")


def warm_modules(notebook: NotebookNode) -> list[str]:
    """Return the modules of `WARM` that a notebook begins with, in one order for all notebooks.

    Only what stands before its first other statement: a module that is imported further down
    must not be there earlier than in a kernel of its own.
    """
    found: set[str] = set()
    for node in _leading_imports(notebook):
        for name in _imported(node):
            root = name.partition(".")[0]
            if root in WARM:
                found.add(name)
            elif root not in sys.stdlib_module_names:
                return _ordered(found)  # a local module may notice what has been imported
    return _ordered(found)


def imported_names(notebook: NotebookNode) -> set[str]:
    """Return the top-level names of all that a notebook's code says it imports, anywhere."""
    nodes = (node for tree in parsed(notebook) for node in ast.walk(tree))
    imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
    return {name.partition(".")[0] for node in imports for name in _imported(node)}


def parsed(notebook: NotebookNode) -> Iterator[ast.Module]:
    """Yield the syntax tree of each cell that runs and is plain Python."""
    for cell in notebook.cells:
        if runs(cell):
            with contextlib.suppress(SyntaxError, ValueError):
                yield ast.parse(cell.source)


def _ordered(names: set[str]) -> list[str]:
    return sorted(names, key=lambda name: (WARM.index(name.partition(".")[0]), name))


def _leading_imports(notebook: NotebookNode) -> Iterator[ast.Import | ast.ImportFrom]:
    for cell in notebook.cells:
        if runs(cell):
            try:
                statements = ast.parse(cell.source).body
            except SyntaxError:  # a mistake, or a magic of IPython's
                return
            for node in statements:
                if not isinstance(node, ast.Import | ast.ImportFrom):
                    return
                yield node


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """``from a import b`` counts as a: whether b is a module is not known before it is imported."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []
