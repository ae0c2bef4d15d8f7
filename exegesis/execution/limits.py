"""How it is noticed that a chapter uses more than it may."""

from __future__ import annotations

import asyncio
from typing import Any

import psutil

from exegesis.limits import Limits

_LOOK = 0.2  # seconds between two looks at the memory
_MB = 1_000_000


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
    while sum(memory_of(process) for process in family(pid)) <= most:
        await asyncio.sleep(_LOOK)


def memory_of(process: psutil.Process) -> int:
    """Return a process's memory in bytes; nothing where it has ended."""
    try:
        size: int = process.memory_info().rss
    except psutil.Error:
        return 0
    return size
