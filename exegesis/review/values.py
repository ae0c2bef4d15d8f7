"""The numbers that a claim's cell ends in, as formulas: which are the same by another name, which hang on nothing."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace

from exegesis.catalogue.checks import ONLY
from exegesis.catalogue.literals import typed_in
from exegesis.slicing.flow import slice_of, statements_of

from .state import State


def formulas(state: State, claim: str) -> dict[str, ast.expr]:
    """Return the formulas that a claim's cell ends in, by name; of a single number under the name `ONLY`."""
    cell = state.cell_of(claim)
    body = cell.tree.body if cell and cell.tree else []
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if isinstance(last, ast.Name):  # values = {...}; values
        bound = [each.value for each in body if isinstance(each, ast.Assign) and _binds(each, last.id)]
        last = bound[0] if len(bound) == 1 and isinstance(bound[0], ast.Dict) else last
    if isinstance(last, ast.Dict):
        pairs = zip(last.keys, last.values, strict=True)
        return {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
    return {} if last is None else {ONLY: last}


def _binds(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)


def renamed(before: dict[str, ast.expr], now: dict[str, ast.expr]) -> dict[str, str]:
    """Return new names by the old ones, of numbers that are computed as before."""
    code = {name: ast.dump(formula) for name, formula in now.items()}
    found: dict[str, str] = {}
    for name, formula in before.items():
        same = [new for new, its in code.items() if its == ast.dump(formula) and new not in before]
        if name not in now and len(same) == 1 and same[0] not in found.values():
            found[name] = same[0]
    return found


def depending(state: State, claim: str, names: set[str], *, arithmetic: bool) -> set[str]:
    """Return which numbers of a claim's cell are computed from something that the chapter defines.

    Args:
        state: the chapter's.
        claim: the claim's name.
        names: of the numbers.
        arithmetic: whether it is enough to calculate with numbers that are typed in.
    """
    number, cell = state.proof_of(claim), state.cell_of(claim)
    if number is None or cell is None or cell.tree is None:
        return set()
    typed = typed_in(cell.source, [each.source for each in state.chapter.cells[:number] if each.tree], arithmetic)
    asked = {name for name in names if repr(name) not in typed and "the value" not in typed}
    return asked if arithmetic else {name for name in asked if _reaches(state, number, formulas(state, claim)[name])}


def _reaches(state: State, cell: int, formula: ast.expr) -> bool:
    """Whether a formula at the end of a cell depends on a statement beside imports, or draws on a method of its own."""
    before = [each for each in state.statements if each.cell < cell or each.node in state.trees[cell].body[:-1]]
    (alone,) = statements_of([ast.Module([ast.copy_location(ast.Expr(formula), formula)], [])])
    statements = [*before, replace(alone, cell=cell)]
    own = len(statements) - 1
    names = {node.id for node in ast.walk(formula) if isinstance(node, ast.Name)} - set(dir(builtins))
    needed = [statements[i].node for i in slice_of(statements, cell) if i != own]
    return bool(names) and any(not isinstance(node, ast.Import | ast.ImportFrom) for node in needed)


def constant_functions(state: State) -> dict[str, int]:
    """Return the functions that give nothing but numbers that are typed in, with the line of the chapter."""
    found = {}
    for cell, tree in zip(state.chapter.cells, state.trees, strict=True):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                given = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
                if given and not any(typed_in(ast.unparse(value)) == [] for value in given):
                    found[node.name] = cell.at(node.lineno)
    return found
