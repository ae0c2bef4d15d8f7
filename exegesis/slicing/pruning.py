"""What of a chapter's code computes: without drawing, printing, docstrings and assertions.

What draws is found from matplotlib: names that come from it, from a call of such a name, or are handed to a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_BODIES = ("body", "orelse", "finalbody")
_SHOWS = {"print", "display"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Pruned:
    """A chapter's code without what does not compute."""

    trees: list[ast.Module]  # of the cells; places are those of the source
    drawing: set[str]  # functions that draw


def pruned(cells: Sequence[str], checked: Mapping[int, set[str]] | None = None) -> Pruned:
    """Return what of a chapter's cells computes.

    Args:
        cells: their sources.
        checked: by the number of a claim's cell (from 0), the numbers that its checks name; others of the dict that
            it ends in are there to be read.

    Raises:
        SyntaxError: a cell is no Python.
    """
    trees = [ast.parse(source) for source in cells]
    drawing = _Drawing([statement for tree in trees for statement in tree.body])
    for tree in trees:
        tree.body = _kept(tree.body, "", drawing)
    for cell, names in (checked or {}).items():
        _drop_unchecked(trees[cell].body, names)
    return Pruned(trees, drawing.functions)


def _drop_unchecked(body: list[ast.stmt], names: set[str]) -> None:
    match body[-1:]:
        case [ast.Expr(value=ast.Dict() as last)]:
            pairs = zip(last.keys, last.values, strict=True)
            kept = [(key, value) for key, value in pairs if not isinstance(key, ast.Constant) or key.value in names]
            last.keys, last.values = [key for key, _ in kept], [value for _, value in kept]


def _kept(body: list[ast.stmt], scope: str, drawing: _Drawing) -> list[ast.stmt]:
    kept = []
    for statement in body:
        draws = drawing.draws(statement, scope)
        if draws and scope:
            drawing.functions.add(scope)
        if draws or _says_nothing(statement):
            continue
        inner = statement.name if isinstance(statement, _Function) else scope
        parts = [(name, value) for name in _BODIES if (value := getattr(statement, name, None))]
        for name, value in parts:
            setattr(statement, name, _kept(value, inner, drawing))
        if parts and not any(getattr(statement, name) for name, _ in parts):
            if not isinstance(statement, _Function | ast.ClassDef):
                continue
            statement.body = [ast.copy_location(ast.Pass(), statement)]
        kept.append(statement)
    return kept


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assert() | ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in _SHOWS
    return False


def root(value: ast.expr) -> ast.expr:
    """Return where a chain of attributes, calls and indices begins: ``plt`` of ``plt.subplots()[1].axes``."""
    while True:
        match value:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                value = inner
            case ast.Call(func=inner):
                value = inner
            case _:
                return value


class _Drawing:
    """Which names stand for parts of figures, by the function that they are in."""

    def __init__(self, statements: list[ast.stmt]) -> None:
        self.functions: set[str] = set()  # that draw
        self._names: set[tuple[str, str]] = set()
        self._functions = {
            node.name: node for top in statements for node in ast.walk(top) if isinstance(node, _Function)
        }
        size = -1
        while size < len(self._names):
            size = len(self._names)
            for statement in statements:
                self._follow(statement, "")

    def draws(self, statement: ast.stmt, scope: str) -> bool:
        match statement:
            case ast.Expr(value=ast.ListComp(elt=value)) | ast.Expr(value=value):
                return self._is(value, scope) or self._handed(value, scope)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self._is(value, scope)
            case ast.Import(names=names):
                return all(alias.name.startswith("matplotlib") for alias in names)
            case ast.ImportFrom(module=str() as module):
                return module.startswith("matplotlib")
        return False

    def _is(self, value: ast.expr, scope: str) -> bool:
        match root(value):
            case ast.Name(id=name):
                return (scope, name) in self._names or ("", name) in self._names
        return False

    def _handed(self, value: ast.expr, scope: str) -> bool:
        """Whether it is a call of the chapter's own that is given a part of a figure."""
        match value:
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                return any(self._is(each, scope) for each in [*value.args, *(k.value for k in value.keywords)])
        return False

    def _follow(self, node: ast.AST, scope: str) -> None:
        match node:
            case ast.Import() | ast.ImportFrom() if self.draws(node, scope):
                self._names |= {(scope, alias.asname or alias.name.partition(".")[0]) for alias in node.names}
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value, scope)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._iterate(target, value, scope)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._bind(target, value, scope)
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                self._hand(node, self._functions[name], scope)
            case ast.Return(value=ast.expr() as value) if scope and self._is(value, scope):
                self._names.add(("", scope))
        inner = node.name if isinstance(node, _Function) else scope
        for child in ast.iter_child_nodes(node):
            self._follow(child, inner)

    def _hand(self, call: ast.Call, function: _Function, scope: str) -> None:
        named = [*function.args.posonlyargs, *function.args.args]
        given = [(p.arg, value) for p, value in zip(named, call.args, strict=False)]
        given += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
        self._names |= {(function.name, name) for name, value in given if self._is(value, scope)}

    def _bind(self, target: ast.expr, value: ast.expr, scope: str) -> None:
        match target, value:
            case ((ast.Tuple() | ast.List()), (ast.Tuple() | ast.List())):
                for part, its in zip(target.elts, value.elts, strict=False):
                    self._bind(part, its, scope)
            case _:
                if self._is(value, scope):
                    self._names |= {(scope, name) for name in _targets(target)}

    def _iterate(self, target: ast.expr, value: ast.expr, scope: str) -> None:
        match target, value:
            case ast.Tuple(elts=parts), ast.Call(func=ast.Name(id="zip"), args=given):
                for part, its in zip(parts, given, strict=False):
                    self._iterate(part, its, scope)
            case ast.Tuple(elts=[_, part]), ast.Call(func=ast.Name(id="enumerate"), args=[its, *_]):
                self._iterate(part, its, scope)
            case _, ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self._bind(target, element, scope)
            case _:
                self._bind(target, value, scope)


def _targets(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
