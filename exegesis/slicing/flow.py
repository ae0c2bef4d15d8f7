"""Which statements of a chapter the value of a cell depends on, by the names that each reads and writes.

Draws from a generator do not tie a statement to those that drew before: what hangs on that alone is for the seeds.
"""

from __future__ import annotations

import ast
import functools
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exegesis.slicing.pruning import root

#: Functions that change what they are given, by the place of it among the arguments.
_INTO = {"shuffle": 0, "fill_diagonal": 0, "put": 0, "copyto": 0, "put_along_axis": 0, "at": 0, "place": 0}
_INTO |= {"heappush": 0, "heappop": 0, "heapify": 0, "heapreplace": 0, "next": 0, "setattr": 0, "delattr": 0}
#: Methods that change an object and give a value all the same.
_AND_GIVE = {"pop", "popitem", "popleft", "setdefault", "fit", "partial_fit"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Statement:
    """A statement of a cell's own level."""

    cell: int  # the number of the code cell, from 0
    node: ast.stmt
    reads: frozenset[str]  # names, those in the functions that it defines too
    binds: frozenset[str]
    changes: frozenset[str]  # names whose objects it changes in place
    always: bool  # whether what it binds is bound for certain


def statements_of(trees: Sequence[ast.Module]) -> list[Statement]:
    """Return the statements of all cells, in order."""
    functions = {node.name: node for tree in trees for node in tree.body if isinstance(node, _Function)}
    changed = _changed_parameters(functions)
    return [_statement(cell, node, changed) for cell, tree in enumerate(trees) for node in tree.body]


def _statement(cell: int, node: ast.stmt, changed: dict[str, dict[int | str, str]]) -> Statement:
    reads, own = _names(node)
    changes: set[str] = set()
    if not isinstance(node, _Function | ast.ClassDef):
        changes = set(_changes([node], changed))
    always = not isinstance(node, ast.If | ast.For | ast.While | ast.Try)
    return Statement(cell, node, reads, own, frozenset(changes), always)


@functools.lru_cache(maxsize=4096)  # by the node itself, of which each answer to an exercise asks anew
def _names(node: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a statement reads, and those that it binds."""
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    reads = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    reads |= set(_globals(table))
    if isinstance(node, ast.AugAssign):
        reads |= own
    return frozenset(reads), frozenset(own)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                yield symbol.get_name()
        yield from _globals(child)


def _changed_parameters(functions: dict[str, _Function]) -> dict[str, dict[int | str, str]]:
    """Return the parameters that each function changes in place: by place and by name, its name."""
    changed: dict[str, dict[int | str, str]] = {name: {} for name in functions}
    size = -1
    while size < sum(map(len, changed.values())):  # until a round finds no more
        size = sum(map(len, changed.values()))
        for name, function in functions.items():
            parameters = [p.arg for p in (*function.args.posonlyargs, *function.args.args)]
            touched = set(_changes(function.body, changed))
            for place, parameter in enumerate(parameters):
                if parameter in touched:
                    changed[name] |= {place: parameter, parameter: parameter}
    return changed


def _changes(body: list[ast.stmt], changed: dict[str, dict[int | str, str]]) -> Iterator[str]:
    """Yield the names whose objects these statements change, aliases followed back."""
    aliases: dict[str, set[str]] = {}
    nodes = [node for statement in body for node in ast.walk(statement)]
    for node in nodes:
        match node:
            case ast.Assign(targets=[target], value=value) if not isinstance(root(value), ast.Constant):
                _alias(target, value, aliases)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                _alias(target, value, aliases, into=True)
    for name in _directly(nodes, changed):
        yield from _origins(name, aliases)


def _directly(nodes: list[ast.AST], changed: dict[str, dict[int | str, str]]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.AugAssign(target=target):
                yield from _name(target)
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield from _name(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=receiver))):
                yield from _name(receiver)
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in _AND_GIVE:
                yield from _name(receiver)
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                for place, given in [*enumerate(node.args), *((k.arg, k.value) for k in node.keywords)]:
                    if place in changed.get(name, {}) or _INTO.get(name) == place or place == "out":
                        yield from _name(given)


def _alias(target: ast.expr, value: ast.expr, aliases: dict[str, set[str]], into: bool = False) -> None:
    """Note which names a target may stand for a part of: a copy that a call returns is none."""
    given = [value]
    while into and isinstance(given[0], ast.Call):  # zip(a, b), enumerate(a), a.items(): their elements
        call = given[0]
        given = [call.func.value] if isinstance(call.func, ast.Attribute) else list(call.args)
        if len(given) != 1:
            break
    origins = {name for each in given if not isinstance(each, ast.Call) for name in _name(each)}
    if origins:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                aliases.setdefault(node.id, set()).update(origins)


def _origins(name: str, aliases: dict[str, set[str]]) -> set[str]:
    found, new = {name}, {name}
    while new:
        new = {origin for each in new for origin in aliases.get(each, ())} - found
        found |= new
    return found


def _name(value: ast.expr) -> Iterator[str]:
    if isinstance(first := root(value), ast.Name):
        yield first.id


def slice_of(statements: Sequence[Statement], cell: int) -> set[int]:
    """Return the numbers of the statements that the last value of a cell depends on.

    Args:
        statements: of all cells, in order.
        cell: the number of the cell.
    """
    last = max((i for i, statement in enumerate(statements) if statement.cell == cell), default=None)
    return set() if last is None else behind(statements, last)


def behind(statements: Sequence[Statement], last: int) -> set[int]:
    """Return the numbers of the statements that one of them depends on, and its own."""
    found = {last}
    asked = [(name, last) for name in statements[last].reads]
    seen = set(asked)
    while asked:
        name, before = asked.pop()
        for i in range(before - 1, -1, -1):
            statement = statements[i]
            if name not in statement.binds and name not in statement.changes:
                continue
            found.add(i)
            # A function reads what its names stand for when it is called, everything else where it stands.
            at = before if isinstance(statement.node, _Function | ast.ClassDef) else i
            new = {(read, at) for read in statement.reads} - seen
            seen |= new
            asked.extend(new)
            if name in statement.binds and statement.always and not isinstance(statement.node, ast.AugAssign):
                break
    return found
