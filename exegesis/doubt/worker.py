"""``python -m exegesis.doubt.worker``: runs a chapter's cells, and forks at each changed one.

It reads a line of JSON from stdin, answers with one, reads what is to be tried, and answers each with a line::

    {"cells": [["x = 1", ""], ["x + 1", "a-claim"]], "at_once": 2, "memory": 2000}
    {"values": {"a-claim": "2"}, "error": null, "kinds": {"": {"x": "int"}}, "seconds": [0.1, 0.0], "random": false}
    [{"id": 0, "cell": 0, "source": "x = 2"}, {"id": 1, "cell": 0, "shift": 4711}]
    {"id": 0, "values": {"a-claim": "3"}, "error": null} ...

Nothing is imported here that a chapter would not have otherwise, beside the standard library.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import time
import types
from functools import partial
from typing import Any

from exegesis.doubt import seeding
from exegesis.doubt.forks import Forks, tell_of

_LONGEST = 20_000  # characters of a value
_SECONDS = 600.0  # of the chapter unchanged: a build's own limits are tighter
_LEAST, _TIMES = 5.0, 4.0  # a trial may take some seconds, and several times what it takes unchanged


class Notebook:
    """The cells of a chapter and the names that they bind."""

    def __init__(self, cells: list[tuple[str, str]]) -> None:
        self.cells = cells
        self.values: dict[str, str] = {}  # of claims' cells, as they print
        self._module = types.ModuleType("__main__")
        self.names = vars(self._module)
        sys.modules["__main__"] = self._module

    def run(self, cell: int, source: str | None = None) -> None:
        """Run one cell, or other code in its place; what it raises is passed on."""
        original, claim = self.cells[cell]
        tree = ast.parse(original if source is None else source)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr):
            tree.body.pop()
        exec(compile(tree, f"cell {cell + 1}", "exec"), self.names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {cell + 1}", "eval"), self.names)
            if claim:
                self.values[claim] = text if len(text := repr(value)) < _LONGEST else "too long a value"
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")  # as a kernel does after each cell

    def run_from(self, cell: int, source: str | None = None) -> dict[str, Any]:
        """Run a cell and all that follow, as far as they go."""
        error = None
        try:
            self.run(cell, source)
            for later in range(cell + 1, len(self.cells)):
                self.run(later)
        except BaseException as raised:  # SystemExit too
            error = f"{type(raised).__name__}: {raised}"[:300]
        return {"values": self.values, "error": error}


class Kinds:
    """Notes what the names of functions stand for when they return for the first time."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, str]] = {}
        self._seen: set[types.CodeType] = set()

    def __call__(self, frame: types.FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "return" and code.co_filename.startswith("cell ") and code not in self._seen:
            self._seen.add(code)
            if not code.co_name.startswith("<"):
                self.told.setdefault(code.co_name, {}).update(kinds_of(frame.f_locals))


def kinds_of(names: dict[str, Any]) -> dict[str, str]:
    """Return of what kind each name's object is, and after ``|`` its shape: what may stand in the place of what."""
    return {name: _kind(value) for name, value in names.items() if not name.startswith("__")}


def _kind(value: Any) -> str:
    if isinstance(value, types.FunctionType):
        own = value.__code__.co_filename.startswith("cell ")
        code = value.__code__
        return f"function of {', '.join(code.co_varnames[: code.co_argcount])}" if own else "library"
    if isinstance(value, types.ModuleType | type):
        return type(value).__name__
    if isinstance(value, tuple):
        return f"tuple of {len(value)}"
    if hasattr(value, "dtype") and hasattr(value, "ndim"):
        kind = getattr(value.dtype, "kind", "")
        return f"array {kind} {value.ndim}|{value.shape}" if value.ndim else {"f": "float", "i": "int"}.get(kind, kind)
    return type(value).__name__


def _unchanged(notebook: Notebook) -> dict[str, Any]:
    """Run all cells; return what came out, with the processor time of each."""
    kinds, seconds, error = Kinds(), [], None
    seeding.shift(None)
    sys.setprofile(kinds)
    try:
        for cell in range(len(notebook.cells)):
            before = time.process_time()
            notebook.run(cell)
            seconds.append(time.process_time() - before)
    except BaseException as raised:
        error = f"cell {len(seconds) + 1}: {type(raised).__name__}: {raised}"[:300]
    finally:
        sys.setprofile(None)
    told = kinds.told | {"": kinds_of(notebook.names)}
    random = seeding.used()
    return {"values": notebook.values, "error": error, "kinds": told, "seconds": seconds, "random": random}


def _trial(notebook: Notebook, trial: dict[str, Any]) -> dict[str, Any]:
    if (shift := trial.get("shift")) is not None:
        seeding.shift(shift)
    return {"id": trial["id"], **notebook.run_from(trial["cell"], trial.get("source"))}


def main() -> None:
    """Answer what is asked on stdin."""
    os.setsid()  # with all forks of it, so that they end together
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    for descriptor in range(3):  # what cells print is thrown away
        os.dup2(nothing, descriptor)

    def tell(answer: dict[str, Any]) -> None:
        told.write(json.dumps(answer) + "\n")
        told.flush()

    request = json.loads(asked.readline())
    notebook = Notebook([(source, claim) for source, claim in request["cells"]])
    forks = Forks(request["at_once"], request["memory"])
    first: dict[str, Any] = {}
    forks.start(lambda: _unchanged(notebook), _SECONDS, first.update)
    forks.finish()
    tell({"values": {}, "kinds": {}, "seconds": [], "random": False} | first)
    trials = sorted(json.loads(asked.readline() or "[]"), key=lambda trial: trial["cell"])
    reached = 0
    for trial in trials:
        while reached < trial["cell"]:
            notebook.run(reached)
            reached += 1
        seconds = _LEAST + _TIMES * sum(first["seconds"][reached:])
        identity = {"id": trial["id"], "values": {}}
        forks.start(partial(_trial, notebook, trial), seconds, partial(tell_of, tell, identity))
    forks.finish()


if __name__ == "__main__":
    main()
