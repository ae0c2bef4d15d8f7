"""What a chapter may use; apart from what watches over it, which takes a while to import."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

#: The tag of a cell that may use the clock, say: ``uses-clock``.
TAG = "uses-{}"


@dataclass(frozen=True)
class Limits:
    """Beyond these a chapter is stopped, and the others go on."""

    cell: int = 60  # seconds that a cell may take: Jupyter Book's own `execute: timeout`
    seconds: float = 120  # that a chapter may take once its kernel is ready
    memory: float = 2000  # MB, of its kernel and of the processes that it started
    output: float = 10  # MB, of all its outputs as they stand in the notebook
    files: float = 1000  # MB that it may write: one file may have, and its processes may write together
    tasks: float = 500  # processes and threads at a time

    @classmethod
    def none(cls) -> Limits:
        """Return what stops nothing."""
        return cls(-1, *[float("inf")] * 5)

    @classmethod
    def read(cls, cell: Any, limits: Any) -> Limits:
        """Read ``execute: timeout`` and ``exegesis_limits`` as `_config.yml` has them.

        Raises:
            ValueError: there is no such limit, or it is no number above 0; the message tells which.
        """
        told = {"cell": cell, **(limits or {})} if isinstance(limits or {}, dict) else {"limits": limits}
        known = [field.name for field in fields(cls)]
        for name, value in told.items():
            if name not in known:
                raise ValueError(f"exegesis_limits has no '{name}'; there are {', '.join(known[1:])}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise ValueError(f"the limit '{name}' is {value!r}; give a number above 0")
        return cls(**{**told, "cell": int(told["cell"])})
