"""Small changes to code: one number, operator, comparison, reduction, axis, argument or name, or a statement less."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType

from exegesis.doubt.kinds import Kinds

WIRING = frozenset({"name", "arguments", "statement"})  # the kinds that are it outside of functions

_OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_COMPARISONS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_REDUCTIONS = {
    "mean": "sum", "sum": "mean", "median": "max", "max": "min", "min": "max", "std": "var", "var": "std",
    "argmax": "argmin", "argmin": "argmax", "any": "all", "all": "any", "prod": "sum", "maximum": "minimum",
    "minimum": "maximum", "ceil": "floor", "floor": "ceil", "nanmean": "nansum", "nansum": "nanmean",
    "amax": "amin", "amin": "amax", "cumsum": "cumprod", "logaddexp": "maximum",
}  # fmt: skip
_BUILTINS = {"sum": "max", "max": "min", "min": "max", "any": "all", "all": "any"}
_EITHER_WAY = {"max", "min", "maximum", "minimum", "isinstance", "allclose", "isclose", "array_equal", "hypot", "range"}
_EITHER_WAY |= {"dot", "inner", "vdot"}  # of vectors; of matrices it mostly ends in an exception
#: What a seed is given to: another number there is for the seeds.
SEEDED = {"default_rng", "RandomState", "seed", "SeedSequence", "Random", "PCG64", "MT19937", "Philox", "SFC64"}
_SEEDS = {"seed", "random_state", "rng"}
_SMALL = 10  # up to here a whole number is changed by one, above it is halved


@dataclass(frozen=True, order=True)
class Change:
    """One change to one cell."""

    cell: int  # the number of the code cell, from 0
    line: int  # of the cell, from 1
    column: int  # in bytes, from 0
    kind: str
    old: str
    new: str
    statement: str  # the innermost statement that it is in; of a compound one its head
    top: int  # the number of the statement of the cell's own level
    function: str  # the function or class of the cell's own level that it is in; empty outside
    wiring: bool  # whether it changes how an experiment is put together
    source: str = field(repr=False, compare=False)  # of the cell, changed


@dataclass(frozen=True)
class _Place:
    """Where a node stands."""

    statement: ast.stmt
    function: str = ""  # of the cell's own level
    scope: str = ""  # as `Kinds` has it
    called: bool = False  # whether it is in a call of one of the chapter's own functions


def changes_of(sources: Sequence[str], trees: Sequence[ast.Module], kinds: Kinds) -> list[Change]:
    """Return all changes to a chapter's cells that give other code.

    Args:
        sources: of the cells.
        trees: of the cells, pruned: what is not there is not changed.
        kinds: what the names stood for when the chapter was run unchanged.
    """
    found: list[Change] = []
    bound: set[str] = set()
    top = 0
    for cell, (source, tree) in enumerate(zip(sources, trees, strict=True)):
        finder = _Finder(cell, source, kinds, bound)
        for statement in tree.body:
            finder.top = top
            function = statement.name if isinstance(statement, ast.FunctionDef | ast.ClassDef) else ""
            finder.walk(statement, _Place(statement, function))
            bound |= _bound(statement)
            top += 1
        found += finder.found
    return found


def _bound(node: ast.AST) -> set[str]:
    """Return the names that a node binds in the scope that it stands in."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
            return {name}
        case ast.Lambda() | ast.comprehension():
            return set()
    return set().union(*map(_bound, ast.iter_child_nodes(node)))


class _Finder:
    """Finds the changes to one cell."""

    def __init__(self, cell: int, source: str, kinds: Kinds, bound: set[str]) -> None:
        self.cell = cell
        self.top = 0
        self.found: list[Change] = []
        self._source = source
        self._lines = [line.encode() for line in source.splitlines(keepends=True)]
        self._code = _essence(compile(source, "cell", "exec"))
        self._kinds = kinds
        self._bound = bound  # names of the cells' own level so far
        self._locals: set[str] = set()  # those that the function has bound so far

    def walk(self, node: ast.AST, place: _Place) -> None:
        """Find the changes to a node and to what is in it."""
        match node:
            case ast.JoinedStr() | ast.Import() | ast.ImportFrom():
                return
            case ast.FunctionDef() | ast.ClassDef():
                self._define(node, place)
                return
            case ast.stmt():
                place = _Place(node, place.function, place.scope)
                self._leave_out(node, place)
                if isinstance(node, ast.AugAssign):
                    self._operator(node, node.op, place)
            case ast.Call():
                self._call(node, place)
                return
            case ast.Constant():
                self._constant(node, place)
            case ast.BinOp(op=op) | ast.BoolOp(op=op):
                self._operator(node, op, place)
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
                self._put("operator", node, operand, place)
            case ast.Compare(ops=[op]):
                for relation in _COMPARISONS.get(type(op), ()):
                    self._put("comparison", node, ast.Compare(node.left, [relation()], node.comparators), place)
            case ast.Name(ctx=ast.Load()):
                self._name(node, place)
        for child in ast.iter_child_nodes(node):
            self.walk(child, place)
            if isinstance(child, ast.stmt) and place.scope:
                self._locals |= _bound(child)

    def _define(self, node: ast.FunctionDef | ast.ClassDef, place: _Place) -> None:
        outer, self._locals = self._locals, set(self._locals)
        if isinstance(node, ast.FunctionDef):
            for default in filter(None, [*node.args.defaults, *node.args.kw_defaults]):
                self.walk(default, _Place(node, place.function, place.scope))
            self._locals |= {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        scope = node.name if isinstance(node, ast.FunctionDef) else place.scope
        for statement in node.body:
            self.walk(statement, _Place(statement, place.function, scope))
            self._locals |= _bound(statement)
        self._locals = outer

    def _call(self, node: ast.Call, place: _Place) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in SEEDED:
            return
        own = isinstance(node.func, ast.Name) and name in self._kinds.functions
        inside = _Place(place.statement, place.function, place.scope, place.called or own)
        if other := (_BUILTINS if isinstance(node.func, ast.Name) else _REDUCTIONS).get(name):
            changed = copy.copy(node)
            changed.func = copy.copy(node.func)
            setattr(changed.func, "id" if isinstance(node.func, ast.Name) else "attr", other)
            self._put("reduction", node, changed, place)
        if name not in _EITHER_WAY:
            self._exchange(node, inside)
        self.walk(node.func, inside)
        for argument in node.args:
            self.walk(argument, inside)
        for index, keyword in enumerate(node.keywords):
            if keyword.arg == "axis":
                self._axis(node, index, inside)
            elif keyword.arg not in _SEEDS:
                self.walk(keyword.value, inside)

    def _exchange(self, node: ast.Call, place: _Place) -> None:
        for i, (first, second) in enumerate(zip(node.args, node.args[1:], strict=False)):
            if self._may_be_alike(first, second, place):
                changed = copy.copy(node)
                changed.args = [*node.args[:i], second, first, *node.args[i + 2 :]]
                self._put("arguments", node, changed, place)
        for i, (one, other) in enumerate(zip(node.keywords, node.keywords[1:], strict=False)):
            if not {one.arg, other.arg} & {None, "axis", *_SEEDS} and self._may_be_alike(one.value, other.value, place):
                changed = copy.copy(node)
                pair = [ast.keyword(one.arg, other.value), ast.keyword(other.arg, one.value)]
                changed.keywords = [*node.keywords[:i], *pair, *node.keywords[i + 2 :]]
                self._put("arguments", node, changed, place)

    def _may_be_alike(self, first: ast.expr, second: ast.expr, place: _Place) -> bool:
        """Whether two arguments may be of one kind; others would end in an exception when they are exchanged."""
        one, other = (self._kind(each, place) for each in (first, second))
        return one == other or (not one and not other) or {one, other} == {"int", "float"}

    def _kind(self, value: ast.expr, place: _Place) -> str:
        match value:
            case ast.Constant(value=known):
                return type(known).__name__
            case ast.Name(id=name):
                return self._kinds.of(name, place.scope)
            case ast.Starred() | ast.Lambda() | ast.Tuple() | ast.List():
                return type(value).__name__
        return ""

    def _axis(self, node: ast.Call, index: int, place: _Place) -> None:
        without = copy.copy(node)
        without.keywords = [*node.keywords[:index], *node.keywords[index + 1 :]]
        self._put("axis", node, without, place)
        try:
            axis = ast.literal_eval(node.keywords[index].value)
        except ValueError:
            return
        if isinstance(axis, int):
            changed = copy.copy(node)
            changed.keywords = list(node.keywords)
            changed.keywords[index] = ast.keyword("axis", ast.Constant(1 if axis == 0 else 0))
            self._put("axis", node, changed, place)

    def _constant(self, node: ast.Constant, place: _Place) -> None:
        match node.value:
            case bool() as value:
                others: list[float] = [not value]
            case int() as value:
                others = [value + 1, *([value - 1] if value > 0 else [])] if value <= _SMALL else [value // 2]
            case float() as value:
                others = [value * 2, value / 2] if value else [1.0]
            case _:
                return
        for other in others:
            self._put("constant", node, ast.Constant(other), place)

    def _operator(self, node: ast.AST, op: ast.AST, place: _Place) -> None:
        if other := _OPERATORS.get(type(op)):
            changed = copy.copy(node)
            changed.op = other()  # type: ignore[attr-defined]
            self._put("operator", node, changed, place)

    def _name(self, node: ast.Name, place: _Place) -> None:
        bound = {"": self._bound - self._locals} | ({place.scope: self._locals} if place.scope else {})
        for other in self._kinds.like(node.id, place.scope, bound):
            self._put("name", node, ast.Name(other), place)

    def _leave_out(self, node: ast.stmt, place: _Place) -> None:
        match node:
            case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break() | ast.If(orelse=[]):
                pass
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
                pass
            case ast.Assign(targets=[ast.Name(id=name)]) if name in (self._locals if place.scope else self._bound):
                pass
            case _:
                return
        self._put("statement", node, ast.Pass(), place)

    def _put(self, kind: str, node: ast.AST, new: ast.AST, place: _Place) -> None:
        """Note the change of a node, unless the code that Python makes of it is the same."""
        text, old = ast.unparse(new), ast.unparse(node)
        atom = isinstance(new, ast.Name | ast.Call | ast.stmt) or (isinstance(new, ast.Constant) and text[0] != "-")
        source = self._replaced(node, text if atom else f"({text})")
        try:
            code = _essence(compile(source, "cell", "exec"))
        except (SyntaxError, ValueError):
            return
        if code == self._code:
            return
        if kind == "statement":
            old, text = _head(node), "left out"
        self.found.append(
            Change(
                self.cell,
                node.lineno,  # type: ignore[attr-defined]
                node.col_offset,  # type: ignore[attr-defined]
                kind,
                old,
                text,
                _head(place.statement),
                self.top,
                place.function,
                kind in WIRING and (not place.function or place.called),
                source,
            )
        )

    def _replaced(self, node: ast.AST, text: str) -> str:
        """Return the cell with another text for a node."""
        first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
        before = b"".join(self._lines[:first]) + self._lines[first][: node.col_offset]  # type: ignore[attr-defined]
        after = self._lines[last][node.end_col_offset :] + b"".join(self._lines[last + 1 :])  # type: ignore[attr-defined]
        changed: bytes = before + text.encode() + after
        return changed.decode()


def _head(node: ast.AST) -> str:
    """Return a statement's code in one line; of a compound one what stands before its colon."""
    text = ast.unparse(node)
    return text.partition("\n")[0].removesuffix(":") if hasattr(node, "body") else " ".join(text.split())


def _essence(code: CodeType) -> tuple[object, ...]:
    """Return what code does, without the places it came from."""
    constants = tuple(_essence(c) if isinstance(c, CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts)
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return code.co_code, code.co_exceptiontable, code.co_argcount, constants, names
