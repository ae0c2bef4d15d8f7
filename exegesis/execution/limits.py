"""What a chapter may use, and how it is noticed that it uses more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from typing import Any

import psutil

_LOOK = 0.2  # seconds between two looks at the memory
_MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Beyond these a chapter is stopped, and the others go on."""

    cell: int = 60  # seconds that a cell may take: Jupyter Book's own `execute: timeout`
    seconds: float = 120  # that a chapter may take once its kernel is ready
    memory: float = 2000  # MB, of its kernel and of the processes that it started
    output: float = 10  # MB, of all its outputs as they stand in the notebook

    @classmethod
    def none(cls) -> Limits:
        """Return what stops nothing."""
        return cls(-1, *[float("inf")] * 3)

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


class Watch:
    """Watches over one kernel."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._output = 0
        self._too_much = asyncio.Event()

    def add(self, content: dict[str, Any]) -> bool:
        """Count a message's output; return whether there is room for it."""
        data = content.get("data") or {}
        self._output += sum(len(str(part)) for part in (content.get("text", ""), *data.values()))
        if self._output > self._limits.output * _MB:
            self._too_much.set()
        return not self._too_much.is_set()

    async def exceeded(self, pid: int) -> str:
        """Return, as soon as a limit is exceeded, which."""
        printing = asyncio.create_task(self._too_much.wait())
        growing = asyncio.create_task(_grow(pid, self._limits.memory * _MB))
        try:
            done, _ = await asyncio.wait(
                {printing, growing}, timeout=self._limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            printing.cancel()
            growing.cancel()
        if not done:
            return f"the chapter takes longer than {self._limits.seconds:g} s"
        if printing in done:
            return f"the chapter's outputs are larger than {self._limits.output:g} MB"
        return f"the chapter uses more than {self._limits.memory:g} MB of memory"


def family(pid: int | None) -> list[psutil.Process]:
    """Return a process and all that descend from it; nothing for a kernel that never had a process."""
    if not pid:  # psutil would take None for this very process
        return []
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


async def _grow(pid: int, most: float) -> None:
    while sum(_memory(process) for process in family(pid)) <= most:
        await asyncio.sleep(_LOOK)


def _memory(process: psutil.Process) -> int:
    try:
        size: int = process.memory_info().rss
    except psutil.Error:  # it has ended meanwhile
        return 0
    return size
