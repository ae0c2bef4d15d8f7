"""How it is noticed that a chapter uses more than it may."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any

import psutil

from exegesis.limits import Limits

from .temporary import size_of

_LOOK = 0.2  # seconds between two looks at the processes
_MB = 1_000_000


class Watch:
    """Watches over one kernel."""

    def __init__(self, limits: Limits, folder: str) -> None:
        """Take what a kernel may use, and its own folder for what is temporary."""
        self._limits = limits
        self._folder = folder
        self._output = 0
        self._too_much = asyncio.Event()

    def add(self, content: dict[str, Any]) -> bool:
        """Count a message's output; return whether there is room for it."""
        data = content.get("data") or {}
        error = (content.get("evalue", ""), *content.get("traceback", ()))
        self._output += sum(len(str(part)) for part in (content.get("text", ""), *data.values(), *error))
        if self._output > self._limits.output * _MB:
            self._too_much.set()
        return not self._too_much.is_set()

    async def exceeded(self, pid: int) -> str:
        """Return, as soon as a limit is exceeded, which."""
        printing = asyncio.create_task(self._too_much.wait())
        looking = asyncio.create_task(self._look(pid))
        try:
            done, _ = await asyncio.wait(
                {printing, looking}, timeout=self._limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            printing.cancel()
            looking.cancel()
        if not done:
            return f"the chapter takes longer than {self._limits.seconds:g} s"
        if printing in done:
            return f"the chapter's outputs are larger than {self._limits.output:g} MB"
        return looking.result()

    async def _look(self, pid: int) -> str:
        """Look at a kernel's processes until they use too much; return of what."""
        limits = self._limits
        _limit_files(pid, limits.files * _MB)
        written: dict[psutil.Process, int] = {}  # to a disk; those that have ended did too
        while True:
            processes = family(pid)
            if sum(map(_tasks_of, processes)) > limits.tasks:
                return f"the chapter has more than {limits.tasks:g} processes and threads"
            if sum(map(memory_of, processes)) > limits.memory * _MB:
                return f"the chapter uses more than {limits.memory:g} MB of memory"
            written.update((process, found) for process in processes if (found := _written_by(process)))
            in_memory = await asyncio.to_thread(size_of, self._folder)  # where the folder is no disk's
            if max(sum(written.values()), in_memory) > limits.files * _MB:
                return f"the chapter writes more than {limits.files:g} MB"
            let_go_on(pid)
            await asyncio.sleep(_LOOK)


def family(pid: int | None) -> list[psutil.Process]:
    """Return a process and all that descend from it; nothing for a kernel that never had a process."""
    if not pid:  # psutil would take None for this very process
        return []
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def let_go_on(pid: int) -> None:
    """Continue a kernel that was stopped, and what stands between it and this process: nobody else would."""
    with contextlib.suppress(psutil.Error):
        for process in [kernel := psutil.Process(pid), *kernel.parents()]:
            if process.pid == os.getpid():
                break
            if process.status() == psutil.STATUS_STOPPED:
                process.resume()


def _limit_files(pid: int, size: float) -> None:
    """Let a process, and those that it starts, write no larger file, where the system can (Linux)."""
    if hasattr(psutil.Process, "rlimit") and size != float("inf"):
        with contextlib.suppress(psutil.Error, OSError):
            psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (int(size), int(size)))


def _tasks_of(process: psutil.Process) -> int:
    try:
        return int(process.num_threads())
    except psutil.Error:
        return 0


def _written_by(process: psutil.Process) -> int:
    """Return how many bytes a process has written to a disk, where the system tells it (Linux)."""
    try:
        return int(process.io_counters().write_bytes)
    except (psutil.Error, AttributeError):
        return 0


def memory_of(process: psutil.Process) -> int:
    """Return a process's memory in bytes; nothing where it has ended."""
    try:
        size: int = process.memory_info().rss
    except psutil.Error:
        return 0
    return size
