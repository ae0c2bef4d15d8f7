"""Processes that a kernel starts stay its own, and end with it: daemons too (Linux; elsewhere this does nothing)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from types import FrameType

_PARENT_DEATH_SIGNAL, _CHILD_SUBREAPER = 1, 36  # of prctl(2)


def adopt() -> None:
    """Become the parent of what this process's descendants leave behind; else process 1 would be, unseen."""
    _prctl(_CHILD_SUBREAPER, 1)


def guard() -> None:
    """Fork, and return in the child alone, which is to become a kernel.

    The parent stands between it and the process that all kernels are forked from: code that kills its parent
    ends itself and no other. It ends as the kernel ends, and ends what that leaves behind.
    """
    adopt()
    parent = os.getpid()
    if kernel := os.fork():
        _watch(kernel)
    _prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before that
        os._exit(1)


def _watch(kernel: int) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        _kill_group(kernel)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    status = 0
    while True:
        pid, ended = os.waitpid(-1, 0)
        if pid == kernel:
            status = os.waitstatus_to_exitcode(ended)
            break
    _kill_group(kernel)
    _kill_children()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL) if -status not in (signal.SIGKILL, signal.SIGSTOP) else None
        os.kill(os.getpid(), -status)
    os._exit(max(0, status))


def _kill_group(leader: int) -> None:
    for kill in (os.killpg, os.kill):  # it may have no group of its own yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(leader, signal.SIGKILL)


def _kill_children() -> None:
    """Kill until there are none: each that ends leaves its own children to this process."""
    while True:
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    own = os.getpid()
    try:
        return [int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
    except OSError:  # a kernel without this file: there is no list, and no children to be waited for
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
