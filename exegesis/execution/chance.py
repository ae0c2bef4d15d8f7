"""What a notebook's code says of the clock and of randomness: read from it without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_TIMERS = ("time", "perf_counter", "monotonic", "process_time", "thread_time")
#: What gives another value at each run, however it is called.
_CLOCKS = {
    *(f"time.{name}{unit}" for name in _TIMERS for unit in ("", "_ns")),
    *("timeit.timeit", "timeit.repeat", "timeit.default_timer", "time.clock_gettime", "time.clock_gettime_ns"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow", "uuid.uuid1"),
}
#: What does so where fewer arguments are given: a moment to tell.
_WITHOUT = {"time.localtime": 1, "time.gmtime": 1, "time.ctime": 1, "time.asctime": 1, "time.strftime": 2}
_NOW = {"numpy.datetime64": ("now", "today"), "pandas.Timestamp": ("now", "today"), "pandas.to_datetime": ("now",)}
#: What takes its seed from the system where it is given none.
_SEEDED = {
    *(f"numpy.random.{name}" for name in ("default_rng", "RandomState", "SeedSequence")),
    *(f"numpy.random.{name}" for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")),
    *("random.Random", "random.seed", "numpy.random.seed"),
}
_SYSTEM = ("secrets.", "random.SystemRandom")
_SEEDS = {
    **dict.fromkeys(("random.seed", "random.setstate"), "random"),
    **dict.fromkeys(("numpy.random.seed", "numpy.random.set_state", "numpy.random.set_bit_generator"), "numpy"),
}


class Names:
    """What names stand for, as imports that were seen say."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def add(self, tree: ast.AST) -> None:
        """Take the imports of some code, wherever they stand in it."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    self._known[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def full(self, node: ast.AST) -> str:
        """Return the full dotted name that code refers to; empty for anything else."""
        if isinstance(node, ast.Attribute):
            return f"{owner}.{node.attr}" if (owner := self.full(node.value)) else ""
        return self._known.get(node.id, "") if isinstance(node, ast.Name) else ""


def clock_reads(tree: ast.AST, names: Names) -> Iterator[tuple[int, str]]:
    """Yield the line of each place where code reads the clock, and by what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = names.full(node.func)
            first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            given = len(node.args) + len(node.keywords)
            if given < _WITHOUT.get(name, 0) or first in _NOW.get(name, ()):
                yield node.lineno, name
        elif isinstance(node, ast.Attribute | ast.Name) and names.full(node) in _CLOCKS:
            yield node.lineno, names.full(node)


def unseeded(tree: ast.AST, names: Names) -> Iterator[tuple[int, str]]:
    """Yield the line of each place where code takes randomness from the system, and by what."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := names.full(node.func)):
            first = [*node.args, *(option.value for option in node.keywords)][:1]
            empty = not first or (isinstance(first[0], ast.Constant) and first[0].value is None)
            if (name in _SEEDED and empty) or name.startswith(_SYSTEM):
                yield node.lineno, name


def refers(tree: ast.AST, names: Names, module: str) -> bool:
    """Say whether code refers to something of a module."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name))
    return any(names.full(node).startswith(f"{module}.") for node in nodes)


def seeded_generators(tree: ast.AST, names: Names) -> set[str]:
    """Return which global generators code seeds: "numpy", "random"."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    seeded = {names.full(node.func) for node in calls if node.args or node.keywords}
    return {_SEEDS[name] for name in seeded & _SEEDS.keys()}
