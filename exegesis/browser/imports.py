"""Which modules a chapter's code needs to have in the browser, read from it without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: What catches that a module is not there.
_FORGIVING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Imported:
    """The top-level modules that code imports, without the standard library's."""

    needed: frozenset[str]
    optional: frozenset[str] = frozenset()  # those that it does without where they are not to be had


def imported(sources: Iterable[str]) -> Imported:
    """Return what code imports.

    Code that does not parse imports nothing: why it does not is told elsewhere.
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue
        spared = {id(node) for each in ast.walk(tree) if _spares(each) for node in _inside(each)}
        for node in ast.walk(tree):
            names = found[id(node) in spared]
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    needed = found[False] - sys.stdlib_module_names
    return Imported(frozenset(needed), frozenset(found[True] - sys.stdlib_module_names - needed))


def _spares(node: ast.AST) -> bool:
    """Whether code goes on where an import below this node fails, or never comes to it."""
    match node:
        case ast.Try(handlers=handlers):
            return any(handler.type is None or _names(handler.type) & _FORGIVING for handler in handlers)
        case ast.With(items=items):
            calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
            return any("suppress" in _names(call.func) and _names(*call.args) & _FORGIVING for call in calls)
        case ast.If(test=test):
            return "TYPE_CHECKING" in _names(test)
    return False


def _names(*nodes: ast.AST) -> set[str]:
    inside = [part for node in nodes for part in ast.walk(node)]
    return {part.id for part in inside if isinstance(part, ast.Name)} | {
        part.attr for part in inside if isinstance(part, ast.Attribute)
    }


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    for statement in getattr(node, "body", ()):
        yield from ast.walk(statement)
