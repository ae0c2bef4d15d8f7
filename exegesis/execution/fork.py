"""A Jupyter kernel provisioner whose kernels are forked from a warm process.

A kernelspec chooses it, in a file or in memory::

    "metadata": {"kernel_provisioner": {"provisioner_name": "exegesis-fork", "config": {"modules": ["numpy"]}}}

Where a kernel can't be forked it is started as always: on Windows and macOS, for a kernelspec
that is not plain ipykernel, after a module that prints, warns or starts a thread when it is imported.
"""

from __future__ import annotations

import asyncio
import atexit
import itertools
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode

NAME = "exegesis-fork"  # the entry point
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # its system libraries don't survive a fork
_LAUNCHER = "ipykernel_launcher"


class RefusedError(Exception):
    """The warm process can't fork this kernel; the message says why."""


class ForkedKernel:
    """A forked process, with what Jupyter uses of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        self.started: Future[int] = Future()
        self.ended: Future[int] = Future()

    @property
    def pid(self) -> int:
        return self.started.result()

    def poll(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    def wait(self, timeout: float | None = None) -> int:
        return self.ended.result(timeout)

    def send_signal(self, signum: int) -> None:
        if not self.ended.done():
            os.kill(self.pid, signum)


class WarmProcess:
    """The client's end of `exegesis.kernel.warm`."""

    _shared: WarmProcess | None = None
    _lock = threading.Lock()

    @classmethod
    def shared(cls) -> WarmProcess:
        """Return this process's own, started when it is first asked for."""
        with cls._lock:
            if cls._shared is None or cls._shared.process.poll() is not None:
                cls._shared = cls()
                atexit.register(cls._shared.stop)
            return cls._shared

    @classmethod
    def stop_shared(cls) -> None:
        """End the warm process and every kernel of it."""
        with cls._lock:
            warm, cls._shared = cls._shared, None
        if warm:
            atexit.unregister(warm.stop)
            warm.stop()

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exegesis.kernel.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever started us
            cwd=os.sep,
        )
        self._numbers = itertools.count()
        self._kernels: dict[int, ForkedKernel] = {}
        self._listener = threading.Thread(target=self._listen, name="warm process", daemon=True)
        self._listener.start()

    def fork(self, steps: list[str], argv: list[str], env: dict[str, str]) -> ForkedKernel:
        """Ask for a kernel; its ``started`` raises `RefusedError` where it can't be forked."""
        kernel, number = ForkedKernel(), next(self._numbers)
        self._kernels[number] = kernel
        request = {"id": number, "steps": steps, "argv": argv, "env": env}
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except OSError:
            del self._kernels[number]
            kernel.started.set_exception(RefusedError("the warm process has ended"))
        return kernel

    def stop(self) -> None:
        """End it, and with it every kernel that it forked."""
        self._requests.close()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join(1)

    @property
    def _requests(self) -> Any:
        return self.process.stdin

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            reply = json.loads(line)
            kernel = self._kernels[reply["id"]]
            if "pid" in reply:
                kernel.started.set_result(reply["pid"])
            elif "refused" in reply:
                del self._kernels[reply["id"]]
                kernel.started.set_exception(RefusedError(reply["refused"]))
            else:
                del self._kernels[reply["id"]]
                if not kernel.started.done():
                    kernel.started.set_exception(RefusedError("it died at once"))
                kernel.ended.set_result(reply["status"])
        for kernel in self._kernels.values():  # it was killed, and they with it
            if not kernel.started.done():
                kernel.started.set_exception(RefusedError("the warm process has ended"))
            kernel.ended.set_result(-9)
        self._kernels.clear()
        self.process.stdout.close()


class ForkProvisioner(LocalProvisioner):
    """Forks kernels where it can."""

    modules = List(Unicode(), help="what to import before the fork: what the notebook begins with").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if CAN_FORK and cmd[0] == sys.executable and cmd[1:3] == ["-m", _LAUNCHER]:
            steps = [os.path.realpath(kwargs.get("cwd") or "."), *self.modules]
            launcher = find_spec(_LAUNCHER)
            assert launcher and launcher.origin
            kernel = WarmProcess.shared().fork(
                steps, [launcher.origin, *cmd[3:]], dict(kwargs.get("env") or os.environ)
            )
            try:
                self.pid = self.pgid = await asyncio.wrap_future(kernel.started)
            except RefusedError as why:
                self.log.info("starting an ordinary kernel: %s", why)
            else:
                self.process = kernel  # type: ignore[assignment]
                self.cwd = steps[0]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def wait(self) -> int | None:
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        status = await asyncio.wrap_future(self.process.ended)
        self.process = None
        return status
