"""What each cell of a notebook takes: time, and memory of its kernel's processes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Client
from .limits import family, memory_of

_MB = 1_000_000
_HIGHEST = re.compile(rb"^VmHWM:\s*(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Spent:
    """What a cell took."""

    cell: int  # its place in the notebook, from 0
    seconds: float
    memory: float  # MB at its end, or the most while it ran where the system tells it


class Meter:
    """Measures one run; what the kernel does after its last cell is not counted."""

    def __init__(self) -> None:
        self.spent: list[Spent] = []
        self._began = 0.0
        self._highest = 0.0

    def watch(self, client: Client) -> None:
        """Begin to measure what a client has executed."""

        def begin(**_: Any) -> None:
            self._began = time.perf_counter()

        def end(cell_index: int, **_: Any) -> None:
            seconds = time.perf_counter() - self._began
            if all(each.cell != cell_index for each in self.spent):  # else a frame of its slider
                self.spent.append(Spent(cell_index, seconds, self._memory(client.started.result())))

        client.on_cell_execute, client.on_cell_executed = begin, end

    def _memory(self, pid: int) -> float:
        now = sum(map(memory_of, family(pid))) / _MB
        highest, before = _highest(pid), self._highest
        self._highest = max(highest, before)
        return max(now, highest) if highest > before else now


def _highest(pid: int) -> float:
    """Return the most memory in MB that a process has had, as Linux tells it; elsewhere 0."""
    try:
        found = _HIGHEST.search(Path(f"/proc/{pid}/status").read_bytes())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / _MB if found else 0.0
