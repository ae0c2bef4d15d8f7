"""A process that has imported what chapters begin with, and forks kernels.

It reads requests from stdin, one JSON object a line, and says on stdout what became of them::

    {"id": 1, "steps": ["/book/papers", "numpy"], "argv": [...], "env": {...}}
    {"id": 1, "pid": 4711}   {"id": 1, "status": -9}   {"id": 1, "refused": "numpy prints when imported"}

Without ``argv`` it is a request to be ready for such a kernel, and is not answered.

The first step is the folder, the others are modules. For each step that is new a branch is
forked: a process like this one that has taken it. So a kernel has imported, in its own folder,
what its request names and nothing else, and a forgotten import stays forgotten.

When stdin ends, every kernel is killed with all that it started.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import threading
import warnings
from typing import Any

from exegesis.kernel.descendants import guard
from exegesis.kernel.ending import leave
from exegesis.kernel.temporary import VARIABLES

# What a kernel imports while it starts, beside its own application.
KERNEL = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger_backport",
    "IPython.extensions.storemagic",
)


_set_by_imports: dict[str, str] = {}  # environment variables, such as the debugger's


class Server:
    """One process of the tree: forks kernels, and a branch for each next step."""

    def __init__(self) -> None:
        self.requests = _take_over(0)
        self.replies = _take_over(1)
        self.steps = 0  # how many this process has taken
        self.refused = ""  # why no kernel can be forked from here
        self._reset()

    def _reset(self) -> None:
        self.lines: list[bytes] = []
        self.partial = b""
        self.kernels: dict[int, int] = {}  # process that guards it -> request
        self.branches: dict[str, tuple[int, int]] = {}  # next step -> process, where its requests are written
        self.children, self.wake = os.pipe()  # a byte comes when a child has ended
        os.set_blocking(self.wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake)

    def serve(self) -> dict[str, Any] | None:
        """Fork until the requests end.

        Returns:
            In a forked process its request: the caller becomes that kernel. None at the end.
        """
        while self._read():
            while self.lines:
                line = self.lines.pop(0)
                request = json.loads(line)
                wanted = "argv" in request
                if self.refused:
                    if wanted:
                        self._tell(request, refused=self.refused[:1000])
                    continue
                gc.freeze()  # else the first collection in each child looks through, and so copies, all of this
                if len(request["steps"]) > self.steps:
                    self._pass_on(request, line)
                elif not wanted:
                    continue
                elif pid := os.fork():
                    self.kernels[pid] = request["id"]
                else:
                    self._close(self.requests)
                    guard()
                    os.setsid()
                    self._tell(request, pid=os.getpid())
                    os.close(self.replies)
                    return dict(request)
        self._end()
        return None

    def _read(self) -> bool:
        ready, _, _ = select.select([self.requests, self.children], [], [])
        if self.children in ready:
            os.read(self.children, 65536)
            self._reap()
        if self.requests not in ready:
            return True
        read = os.read(self.requests, 65536)
        *self.lines, self.partial = (self.partial + read).split(b"\n")
        return bool(read)

    def _reap(self) -> None:
        while self.kernels or self.branches:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if pid in self.kernels:
                self._tell({"id": self.kernels.pop(pid)}, status=os.waitstatus_to_exitcode(status))
            elif any(pid == branch for branch, _ in self.branches.values()):
                os._exit(1)  # it was killed, and its kernels with it: they are told lost when all of this ends

    def _pass_on(self, request: dict[str, Any], line: bytes) -> None:
        name = request["steps"][self.steps]
        if name not in self.branches:
            inlet, outlet = os.pipe()
            if pid := os.fork():
                os.close(inlet)
                self.branches[name] = pid, outlet
            else:
                self._close(self.requests, outlet)
                self.requests = inlet
                self._reset()
                self.steps += 1
                self.refused = _enter(name, request["env"]) if self.steps == 1 else _warm(name)
                return
        os.write(self.branches[name][1], line + b"\n")

    def _tell(self, request: dict[str, Any], **what: object) -> None:
        with contextlib.suppress(BrokenPipeError):  # nobody listens any more: the requests have ended too
            os.write(self.replies, json.dumps({"id": request["id"], **what}).encode() + b"\n")

    def _close(self, *others: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in (self.children, self.wake, *(outlet for _, outlet in self.branches.values()), *others):
            os.close(fd)

    def _end(self) -> None:
        for pid in self.kernels:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)  # its guard ends it, and what it started
        for _, outlet in self.branches.values():
            os.close(outlet)
        for pid in (*self.kernels, *(pid for pid, _ in self.branches.values())):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _take_over(fd: int) -> int:
    """Move a standard stream away, so that nobody else reads or writes it."""
    moved = os.dup(fd)
    other = os.open(os.devnull, os.O_RDONLY) if fd == 0 else os.dup(2)
    os.dup2(other, fd)
    os.close(other)
    return moved


def _enter(folder: str, env: dict[str, str]) -> str:
    """Go where the kernel will be: matplotlib reads the folder's matplotlibrc when it is imported."""
    # The folder of the kernel is gone when others are forked that have imported the same.
    own = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    _set_environment({name: value for name, value in env.items() if name not in VARIABLES} | own)
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as ipykernel does
    try:
        os.chdir(folder)
    except OSError as error:
        return str(error)
    return ""


def _set_environment(env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update({**env, **_set_by_imports})


def _warm(module: str) -> str:
    """Import a module; return why a chapter would notice that it was done here, if it would."""
    told, before = io.StringIO(), dict(os.environ)
    shown = warnings.showwarning, sys.stdout, sys.stderr
    warnings.showwarning = lambda message, *_, **__: print(message, file=told)
    sys.stdout = sys.stderr = told
    try:
        importlib.import_module(module)
    except BaseException as error:  # the chapter will raise it in its own cell
        return f"{module} can't be imported: {error}"
    finally:
        warnings.showwarning, sys.stdout, sys.stderr = shown
        _set_by_imports.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    if told.getvalue():
        return f"{module} warns or prints when it is imported"
    if threading.active_count() > 1:
        return f"{module} starts a thread when it is imported"
    return ""


def _become(request: dict[str, Any]) -> None:
    """Make of this forked process what a new one would be before ipykernel starts."""
    _set_environment({**request["env"], "JPY_PARENT_PID": str(os.getppid())})
    gc.enable()
    sys.argv[:] = request["argv"]
    tempfile: Any = sys.modules.get("tempfile")
    if tempfile:
        tempfile.tempdir = None  # it looks once
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()  # each process its own; the standard library's does so by itself


if __name__ == "__main__":
    gc.disable()  # what is imported here stays
    del sys.modules["gc"]  # no kernel has it when it starts
    if sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]  # as ipykernel's launcher does
    atexit.register(leave)  # in a kernel; this process itself ends otherwise
    from ipykernel.kernelapp import IPKernelApp

    for module in KERNEL:
        _warm(module)
    if (kernel := Server().serve()) is not None:
        _become(kernel)
        IPKernelApp.launch_instance(parent_handle=os.getppid())  # it read JPY_PARENT_PID when it was imported
    else:
        os._exit(0)  # somebody waits: no time for taking down what was imported
