"""Work that is done in forks of this process, a few at a time, within limits of time and memory."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_PATIENCE = 10  # how many times its processor time a fork may take by the clock: others use the cores too


class Forks:
    """Forks of this process, each of which does one thing and tells what came out."""

    def __init__(self, at_once: int, memory: float) -> None:
        """Begin without any.

        Args:
            at_once: how many there may be.
            memory: MB that one may take beside what it shares with this process.
        """
        self._at_once = at_once
        self._memory = int(memory * 1_000_000)
        self._running: dict[int, tuple[IO[bytes], float, Callable[[dict[str, Any]], None]]] = {}

    def start(self, work: Callable[[], dict[str, Any]], seconds: float, tell: Callable[[dict[str, Any]], None]) -> None:
        """Do something in a fork, once there is room for it.

        Args:
            work: gives what JSON can say.
            seconds: of processor time that it may take.
            tell: is given what came out, or ``{"error": why}``.
        """
        while len(self._running) >= self._at_once:
            self._reap()
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it is read)
        gc.freeze()  # else the first collection in the fork looks through, and so copies, all that there is
        if pid := os.fork():
            self._running[pid] = file, seconds, tell
            return
        status = 1
        try:
            self._limit(seconds)
            try:
                answer = work()
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            file.write(json.dumps(answer).encode())
            file.flush()
            status = 0
        finally:
            os._exit(status)

    def finish(self) -> None:
        """Wait for all of them."""
        while self._running:
            self._reap()

    def _reap(self) -> None:
        pid, ended = os.wait()
        if pid not in self._running:
            return  # somebody else's
        file, seconds, tell = self._running.pop(pid)
        with file:
            if (code := os.waitstatus_to_exitcode(ended)) == 0:
                file.seek(0)
                tell(json.loads(file.read()))
            elif -code in (signal.SIGXCPU, signal.SIGALRM):
                tell({"error": f"takes longer than {seconds:.0f} s"})
            else:
                tell({"error": "the process ended" if code > 0 else f"the process died of signal {-code}"})

    def _limit(self, seconds: float) -> None:
        soon = max(1, round(seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (soon, soon + 2))
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (_data() + self._memory, most))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(soon * _PATIENCE)


def tell_of(tell: Callable[[dict[str, Any]], None], known: dict[str, Any], answer: dict[str, Any]) -> None:
    """Tell what is known beside what came out."""
    tell(known | answer)


def _data() -> int:
    """Return the bytes of memory of its own that this process has (Linux; elsewhere there is no such limit)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
    except OSError:
        return 0
