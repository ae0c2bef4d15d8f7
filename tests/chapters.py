"""The chapters' own code, for the oracle tests: the text is the source, there is no second copy."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

from myst_nb.core.read import read_myst_markdown_notebook

PAPERS = Path(__file__).parent.parent / "book" / "papers"


def code(slug: str) -> str:
    """Return all code cells of a chapter, in order, as one program."""
    text = (PAPERS / f"{slug}.md").read_text(encoding="utf-8")
    notebook = read_myst_markdown_notebook(text, {}, add_source_map=False)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def definitions(slug: str) -> SimpleNamespace:
    """Execute a chapter's imports, functions, classes and UPPER_CASE constants, and nothing else."""
    kept = [node for node in ast.parse(code(slug)).body if _is_definition(node)]
    namespace: dict = {"__name__": slug}
    exec(compile(ast.Module(kept, type_ignores=[]), f"{slug}.md", "exec"), namespace)
    return SimpleNamespace(**namespace)


def _is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.isupper()
    return False
