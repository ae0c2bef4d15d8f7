"""The page of what other programs may use, made from docstrings, signatures and comments.

Sphinx's autodoc would show no comments of fields, and under ``nitpicky`` every type of another library is a fault,
unless their inventories are fetched at each build.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .source import Definition, Function, Module, markdown, read, signature

#: The modules that are meant for others, in the order of the page.
SURFACE = (
    "exegesis.testing",
    "exegesis.catalogue",
    "exegesis.execution",
    "exegesis.execution.sphinx",
    "exegesis.sphinxext",
    "exegesis.settings",
    "exegesis.fault",
)
_BEGINNING = """\
# Programming interface

% Made by 'make reference' from the docstrings.

What programs outside of the package `exegesis` may rely on: a book's tests, other extensions, scripts.
The headings are names of its modules, and of what these offer.
Everything else may change without notice.
A change here is told in the changelog.

All text is in UTF-8, paths of a book have forward slashes, and lines are counted from 1.
Times are in seconds, memory and outputs in MB of 1,000,000 bytes.
Whatever reads or writes files may raise an `OSError` besides the errors that are named.
"""


def page() -> str:
    """Return the page."""
    parts = [_BEGINNING]
    targets = {node.name: _label(name, node) for name in SURFACE for _, node in read(name).public()}
    for name in SURFACE:
        module = read(name)
        parts += [f"## {name.removeprefix('exegesis.')}\n", markdown(module.docstring, targets), ""]
        for origin, node in module.public():
            parts += [f"({_label(name, node)})=", f"### {node.name}\n", *_entry(origin, node, targets)]
    return "\n".join(parts).rstrip() + "\n"


def _label(module: str, node: Definition) -> str:
    kind = "class-" if isinstance(node, ast.ClassDef) else ""  # a label has no capitals: Declared is not declared
    return f"api-{module.removeprefix('exegesis.')}-{kind}{node.name}".lower().replace(".", "-")


def _entry(module: Module, node: Definition, targets: dict[str, str]) -> Iterator[str]:
    if not isinstance(node, ast.ClassDef):
        yield from _block(signature(node), node, targets)
        return
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    fields = [f"    {field}" for field in module.fields(node)]
    yield from _block("\n".join([f"class {node.name}{bases}{':' if fields else ''}", *fields]), node, targets)
    for method in node.body:
        if isinstance(method, Function) and _is_shown(method):
            yield from _block(signature(method), method, targets)


def _block(code: str, node: Definition, targets: dict[str, str]) -> Iterator[str]:
    yield from (f"```python\n{code}\n```", "", markdown(ast.get_docstring(node) or "", targets), "")


def _is_shown(method: Function) -> bool:
    """Python's own methods are shown where they say something."""
    return not method.name.startswith("_") or (method.name.startswith("__") and bool(ast.get_docstring(method)))
