"""Numbers that a claim's cell should compute, and that were typed in: in place, or by way of a variable."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from .syntax import parsed

#: What turns one number into another of the same value, or nearly.
_CONVERSIONS = {"abs", "float", "int", "round"}
#: What `_Names` takes notice of.
_BINDING = (
    *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.withitem, ast.alias),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Attribute, ast.Call),
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def typed_in(code: str, before: Sequence[str] = (), arithmetic: bool = False) -> list[str]:
    """Name the values of a claim cell's last expression that are literals, not computed.

    Args:
        code: the cell's.
        before: that of the cells before it, whose variables it may use.
        arithmetic: whether it is enough to calculate with literals, as a derived claim does with printed numbers.

    Raises:
        SyntaxError: the code is no Python.
        ValueError: there is a null character in it.
    """
    last = ast.parse(code).body[-1:]
    if not last or not isinstance(last[0], ast.Expr):
        return []
    names = _Names([*before, code], arithmetic)
    value = names.aim(last[0].value)
    if not isinstance(value, ast.Dict):
        return ["the value"] if names.is_literal(value) else []
    return [
        ast.unparse(key) if key else "**"
        for key, each in zip(value.keys, value.values, strict=True)
        if names.is_literal(each)
    ]


class _Names:
    """What the names of a notebook are bound to, outside of its functions."""

    def __init__(self, sources: Sequence[str], arithmetic: bool) -> None:
        self.arithmetic = arithmetic
        self.values: dict[str, list[ast.expr]] = defaultdict(list)
        self.others: set[str] = set()  # bound in another way, or changed where they are
        for source in sources:
            for node in _binding(source):
                self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
                self._let_go(target)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._let_go(target)
            case ast.alias(name=name, asname=asname):
                self.others.add(asname or name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.others.add(name)
                self.others |= _globals(node)
            case ast.Attribute(value=ast.Name(id=name)):  # counts.update(...), ops.append(...)
                self.others.add(name)
            case ast.Call(args=arguments, keywords=keywords):  # what is given away may be filled there
                for each in (*arguments, *(keyword.value for keyword in keywords)):
                    if isinstance(each, ast.Name) and any(map(_is_container, self.values[each.id])):
                        self.others.add(each.id)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self.values[name].append(value)
            case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
                for each, part in zip(targets, values, strict=True):
                    self._bind(each, part)
            case _:
                self._let_go(target)

    def _let_go(self, target: ast.expr) -> None:
        self.others.update(node.id for node in ast.walk(target) if isinstance(node, ast.Name))

    def aim(self, tree: ast.expr) -> ast.expr:
        """Return what a name stands for, where it is bound once and that is all that is known of it."""
        seen: set[str] = set()
        while isinstance(tree, ast.Name) and tree.id not in self.others | seen and len(self.values[tree.id]) == 1:
            seen.add(tree.id)
            tree = self.values[tree.id][0]
        return tree

    def is_literal(self, tree: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a number was typed in: nothing of what it is made of was computed."""

        def all_literal(*parts: ast.AST | None) -> bool:
            return all(self.is_literal(part, seen) for part in parts if part is not None)

        match tree := reduced(tree):
            case ast.Constant(value=int() | float() | complex()):
                return True
            case ast.Name(id=name):
                bound = self.values.get(name)
                known = bound and name not in self.others and name not in seen
                return bool(known) and all(self.is_literal(each, seen | {name}) for each in bound or ())
            case ast.UnaryOp(operand=operand):
                return all_literal(operand)
            case ast.Subscript(value=base, slice=index):
                return all_literal(base) and (isinstance(index, ast.Constant) or all_literal(index))
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return all_literal(*parts)
            case ast.Dict(values=values):
                return all_literal(*values)
            case ast.Call(func=ast.Name(id="float" | "int"), args=[ast.Constant(value=str())]):
                return True
            case ast.Call(func=ast.Name(id=function), args=arguments) if function in _CONVERSIONS:
                return all_literal(*arguments)
            case ast.BinOp(left=left, right=right):  # with names it is a formula, however they came by their numbers
                return not self.arithmetic and not _has_names(tree) and all_literal(left, right)
            case ast.BoolOp(values=parts):
                return all_literal(*parts)
            case ast.IfExp(test=test, body=body, orelse=other):
                return all_literal(test, body, other)
            case ast.Compare(left=left, comparators=others):
                return all_literal(left, *others)
        return False


def reduced(tree: ast.AST) -> ast.AST:
    """Return what is left of a formula without what cannot change its value, such as ``x`` in ``0 * x + 99``."""
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            one, other = reduced(left), reduced(right)
            match op:
                case ast.Mult() if _is(0, one) or _is(0, other):
                    return ast.Constant(0)
                case ast.Add() if _is(0, one):
                    return other
                case ast.Mult() if _is(1, one):
                    return other
                case ast.Add() | ast.Sub() if _is(0, other):
                    return one
                case ast.Mult() | ast.Div() | ast.Pow() if _is(1, other):
                    return one
                case ast.Pow() if _is(0, other):
                    return ast.Constant(1)
                case ast.Sub() | ast.Div() if _are_the_same(one, other):
                    return ast.Constant(0 if isinstance(op, ast.Sub) else 1)
        case ast.IfExp(test=ast.Constant(value=decided), body=body, orelse=other):
            return reduced(body if decided else other)
    return tree


def _is(value: int, tree: ast.AST) -> bool:
    return isinstance(tree, ast.Constant) and not isinstance(tree.value, bool) and tree.value == value


def _are_the_same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two formulas have one value; what is called may draw another number each time."""
    return ast.dump(one) == ast.dump(other) and not any(isinstance(node, ast.Call) for node in ast.walk(one))


@functools.lru_cache(maxsize=256)  # each claim of a chapter asks for the cells before it
def _binding(source: str) -> tuple[ast.AST, ...]:
    """Return what may bind or change a name outside of functions; nothing of what is no Python.

    That does not run either, which is told; or it has IPython's commands.
    """
    tree = parsed(source)
    return tuple(node for node in _outside_of_functions(tree) if isinstance(node, _BINDING)) if tree else ()


@functools.lru_cache(maxsize=1024)  # in the same way
def _globals(node: ast.AST) -> frozenset[str]:
    return frozenset(name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names)


def _outside_of_functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, _SCOPES):
            yield from _outside_of_functions(node)


def _has_names(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) for node in ast.walk(tree))


def _is_container(tree: ast.expr) -> bool:
    return isinstance(tree, (ast.Dict, ast.List, ast.Set))
