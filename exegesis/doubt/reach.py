"""Which of a chapter's tests reach which of its functions, by the names that they mention."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules_of(root: Path, slug: str) -> list[Path]:
    """Return a chapter's modules of tests: ``tests/papers/test_<slug>.py``, else all that name its file."""
    names = [path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py")]
    return [root / name for name in modules_among(names, slug, lambda name: (root / name).read_text(encoding="utf-8"))]


def modules_among(names: Iterable[str], slug: str, read: Callable[[str], str]) -> list[str]:
    """Return which of a book's files are a chapter's modules of tests.

    Args:
        names: of files, from the book's root.
        slug: the chapter's.
        read: gives the text of one.
    """
    tests = [name for name in sorted(names) if PurePosixPath(name).match("test_*.py")]
    own = f"tests/papers/test_{slug.replace('-', '_')}.py"
    return [own] if own in tests else [name for name in tests if f"{slug}." in read(name)]


def reaching(test: str, chapter: Sequence[ast.stmt]) -> dict[str, list[str]]:
    """Return for each function or class of a chapter the tests of a module that reach it.

    A test reaches what it mentions, as a name, an attribute, a parameter or a string, and what that mentions in turn:
    other functions of the module, fixtures, and functions of the chapter.

    Args:
        test: the text of the module.
        chapter: the statements of the chapter's cells.
    """
    module = ast.parse(test).body
    defined = {node.name: node for node in chapter if isinstance(node, _Definition)}
    mentions = {name: _mentioned(node) for name, node in defined.items()}
    for node in module:
        for name in _bound(node):
            mentions[name] = mentions.get(name, set()) | _mentioned(node)
    always = {node.name for node in module if isinstance(node, _Definition) and _is_autouse(node)}
    reached = {
        node.name: _closure({node.name} | always, mentions)
        for node in module
        if isinstance(node, _Definition) and node.name.lower().startswith("test")
    }
    return {name: [test for test, names in reached.items() if name in names] for name in defined}


def _mentioned(statement: ast.stmt) -> set[str]:
    names = set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                names.add(name)
            case ast.Constant(value=str() as text) if text.isidentifier():
                names.add(text)
    return names


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, _Definition):
        return {node.name}
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def _is_autouse(node: ast.stmt) -> bool:
    return any(isinstance(keyword, ast.keyword) and keyword.arg == "autouse" for keyword in ast.walk(node))


def _closure(names: set[str], mentions: dict[str, set[str]]) -> set[str]:
    found, new = set(names), set(names)
    while new:
        new = {other for name in new for other in mentions.get(name, ())} - found
        found |= new
    return found
