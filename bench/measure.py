"""Running one build and measuring it: time, processor time, and the memory of all its processes."""

from __future__ import annotations

import datetime
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

BETWEEN = 0.25  # seconds between two looks at the memory
_CLEARED = ("COVERAGE_PROCESS_START", "PYTHONPATH", "SOURCE_DATE_EPOCH")


class BenchError(Exception):
    """A build failed or took too long; the message has its last words."""


@dataclass(frozen=True)
class Measured:
    """What one build took."""

    seconds: float  # of the wall clock
    cpu_seconds: float  # of all its processes, user and system
    peak_bytes: int  # largest sum over the process tree; see `tree_bytes`


def tool(name: str) -> str:
    """Return a command of the environment that the benchmark itself runs in."""
    return str(Path(sys.executable).with_name(name))


def measure(command: Sequence[str], folder: Path, *, timeout: float, environment: Mapping[str, str] = {}) -> Measured:
    """Run a command to its end.

    Args:
        command: what to run.
        folder: where.
        timeout: seconds, after which it is stopped with all its processes.
        environment: variables to set beside those that are there.

    Raises:
        BenchError: it failed, or was stopped.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, env=inherited | dict(environment), start_new_session=True
        )
        watch = _Watch(process.pid)
        stop = threading.Timer(timeout, _kill, (process.pid,))
        watch.start()
        stop.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            _kill(process.pid)
            raise
        finally:
            stop.cancel()
            watch.ended.set()
            watch.join()
        seconds = time.perf_counter() - begin
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-2000:]
            why = f"was stopped after {timeout:g} s" if seconds >= timeout else f"failed ({process.returncode})"
            raise BenchError(f"{' '.join(command)} in {folder} {why}:\n{words}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, watch.peak)


class _Watch(threading.Thread):
    """Looks at the memory of a process and its descendants now and then."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(BETWEEN):
            self.peak = max(self.peak, tree_bytes(self.pid))


def tree_bytes(pid: int) -> int:
    """Return the memory of a process and its descendants: the sum of their proportional set sizes.

    A page that forked processes share is counted once. Where the system does not tell (it is
    Linux that does), resident set sizes are added, and shared pages count in each process.
    """
    try:
        first = psutil.Process(pid)
        processes = [first, *first.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for process in processes:
        try:
            used = process.memory_full_info()
            total += getattr(used, "pss", 0) or used.rss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total


def machine() -> str:
    """Say when and on what is measured, and how busy it is with other things."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    today = datetime.date.today().isoformat()
    return (
        f"{today}, {cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load {load()}"
    )


def load() -> str:
    """Return how many processes wanted to run in the last minute, on average."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
