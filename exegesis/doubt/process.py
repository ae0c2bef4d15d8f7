"""A process that tries things for this one, in the environment of kernels, and ends with all that it started."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any


class LostError(Exception):
    """The process ended before it had answered."""


class Process:
    """A module of this package that is run as a program, and talks in lines of JSON."""

    def __init__(self, module: str, folder: Path, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-P", "-m", "exegesis.kernel.guarded", sys.executable, "-P", "-m", module]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "MPLBACKEND": "Agg"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for this process, which ends that one
        )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()  # it then ends its own
        self._process.communicate()

    def send(self, request: object) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise LostError from None

    def receive(self) -> dict[str, Any]:
        """Return the next answer."""
        assert self._process.stdout
        if not (line := self._process.stdout.readline()):
            raise LostError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def answers(self, number: int) -> Iterator[dict[str, Any]]:
        """Yield that many answers."""
        for _ in range(number):
            yield self.receive()
