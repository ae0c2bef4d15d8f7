"""What became weaker in a chapter's oracle tests, by what is written in them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from exegesis.doubt.reach import reaching

from .state import State
from .weakening import GONE, Kind, Weakening

_SKIPS = {"skip", "skipif", "xfail", "importorskip"}
_TOLERANCES = {"abs", "atol", "nulp", "rel", "rtol", "tol", "tolerance"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def weakened(before: State, now: State) -> Iterator[Weakening]:
    """Yield what became weaker in a chapter's tests."""
    old, new = _tests(before), _tests(now)
    bodies = Counter(_body(test) for _, test in new.values())

    def told(kind: Kind, was: str, became: str, file: str = "", line: int = 1) -> Weakening:
        return Weakening(kind, was, became, file or next(iter(now.tests), now.name), line)

    for name, (_, test) in old.items():
        if name in new:
            file, changed = new[name]
            for was, became in _less(test, changed):
                yield told(Kind.TEST, f"{name}: {was}", became, file, changed.lineno)
        elif not bodies[_body(test)]:  # else it has another name
            yield told(Kind.TEST, name, GONE)
    reached = _reached(now)
    lines = definitions(now)
    for name in sorted(_reached(before) & lines.keys() - reached):
        yield Weakening(Kind.FUNCTION, name, "no test", now.name, lines[name])


def _tests(state: State) -> dict[str, tuple[str, _Function]]:
    """Return the test functions by name: the file and the syntax of each."""
    found = {}
    for file, text in state.tests.items():
        for node in ast.walk(_parsed(text)):
            if isinstance(node, _Function) and node.name.startswith("test"):
                found[node.name] = file, node
    return found


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):  # then it has no tests; whoever runs them is told
        return ast.Module([], [])


def _body(test: _Function) -> str:
    return ast.dump(ast.Module([*test.body, *(ast.Expr(each) for each in test.decorator_list)], []))


def _less(old: _Function, new: _Function) -> Iterator[tuple[str, str]]:
    """Yield in what a test asserts less than before."""
    if (skipped := sorted(_skips(new) - _skips(old))) and not _skips(old):
        yield "run", ", ".join(skipped)
    if (fewer := _assertions(new)) < (were := _assertions(old)):
        yield f"{were} assertions", f"{fewer}"
    wide, wider = _tolerances(old), _tolerances(new)
    for name in sorted(wide.keys() & wider.keys()):
        if wider[name] > wide[name]:
            yield f"{name}={wide[name]:g}", f"{name}={wider[name]:g}"
    examples = _examples(old), _examples(new)
    if examples[1] < examples[0]:
        yield f"{examples[0]} examples", f"{examples[1]}"


def _skips(test: _Function) -> set[str]:
    return {name for node in ast.walk(test) if (name := _called(node)) in _SKIPS}


def _assertions(test: _Function) -> int:
    called = (_called(node) for node in ast.walk(test) if isinstance(node, ast.Call))
    asserting = sum(name.startswith("assert") or name == "raises" for name in called)
    return asserting + sum(isinstance(node, ast.Assert) for node in ast.walk(test))


def _tolerances(test: _Function) -> dict[str, float]:
    """Return the widest tolerance of each name that stands there as a number."""
    found: dict[str, float] = {}
    for node in ast.walk(test):
        match node:
            case ast.keyword(arg=str() as name, value=ast.Constant(value=int() | float() as value)):
                if name in _TOLERANCES:
                    found[name] = max(found.get(name, 0.0), float(value))
    return found


def _examples(test: _Function) -> int:
    """Return for how many cases ``parametrize`` has a test run, where they stand there."""
    number = 1
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and _called(decorator) == "parametrize" and len(decorator.args) > 1:
            cases = decorator.args[1]
            number *= len(cases.elts) if isinstance(cases, ast.List | ast.Tuple) else 1
    return number


def _called(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name
        case ast.Attribute(attr=name, value=ast.Attribute(attr="mark")):  # @pytest.mark.xfail
            return name
    return ""


def _reached(state: State) -> set[str]:
    statements = [node for tree in state.trees for node in tree.body]
    texts = [text for text in state.tests.values() if _parsed(text).body]
    return {name for text in texts for name, tests in reaching(text, statements).items() if tests}


def definitions(state: State) -> dict[str, int]:
    """Return the functions and classes of a chapter, with their lines."""
    return {
        node.name: cell.at(node.lineno)
        for cell, tree in zip(state.chapter.cells, state.trees, strict=True)
        for node in tree.body
        if isinstance(node, _Function | ast.ClassDef)
    }
