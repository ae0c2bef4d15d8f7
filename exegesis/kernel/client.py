"""The other end of the warm process: asks it for kernels, and hears how they end.

It imports nothing that takes time: the warm process can begin before the builder is there.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # its system libraries don't survive a fork


class RefusedError(Exception):
    """The warm process can't fork this kernel; the message says why."""


class ForkedKernel:
    """A forked process, with what Jupyter uses of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        self.started: Future[int] = Future()
        self.ended: Future[int] = Future()
        for future in (self.started, self.ended):
            future.set_running_or_notify_cancel()  # whoever waits for it may be cancelled, but not it
        self.lost = False  # the warm process ended, and it with that

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

    def kill(self) -> None:  # where its process group is gone, and nobody has told that it is
        self.send_signal(signal.SIGKILL)


class WarmProcess:
    """A running `exegesis.kernel.warm`."""

    _shared: WarmProcess | None = None
    _lock = threading.Lock()

    @classmethod
    def shared(cls, env: dict[str, str]) -> WarmProcess:
        """Return this process's own, started when it is first asked for, in this environment.

        How strings are hashed is decided when Python starts: for another seed it is started anew.
        """
        with cls._lock:
            seed = env.get("PYTHONHASHSEED")
            if cls._shared and (cls._shared.process.poll() is not None or cls._shared.seed != seed):
                atexit.unregister(cls._shared.stop)
                cls._shared.stop()
                cls._shared = None
            if cls._shared is None:
                cls._shared = cls(env)
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

    def __init__(self, env: dict[str, str]) -> None:
        self.seed = env.get("PYTHONHASHSEED")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exegesis.kernel.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever started us
            cwd=os.sep,
            env=env,
        )
        self._asked_for = 0  # kernels
        self._kernels: dict[int, ForkedKernel] = {}
        self._listener = threading.Thread(target=self._listen, name="warm process", daemon=True)
        self._listener.start()

    def fork(self, steps: list[str], argv: list[str], env: dict[str, str]) -> ForkedKernel:
        """Ask for a kernel; its ``started`` raises `RefusedError` where it can't be forked."""
        self._asked_for += 1
        kernel, number = ForkedKernel(), self._asked_for
        self._kernels[number] = kernel
        try:
            self._ask({"id": number, "steps": steps, "argv": argv, "env": env})
        except OSError:
            del self._kernels[number]
            kernel.started.set_exception(RefusedError("the warm process has ended"))
        return kernel

    def prepare(self, steps: list[str], env: dict[str, str]) -> None:
        """Ask for what a kernel with these steps would need, and for no kernel."""
        with suppress(OSError):  # it has ended: whoever asks for a kernel will hear of it
            self._ask({"steps": steps, "env": env})

    def stop(self) -> None:
        """End it, and with it every kernel that it forked."""
        with suppress(OSError):
            self._requests.close()
        if not self._asked_for and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # it may be busy with imports that nobody needs
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join(1)

    @property
    def _requests(self) -> Any:
        return self.process.stdin

    def _ask(self, request: dict[str, Any]) -> None:
        self._requests.write(json.dumps(request).encode() + b"\n")
        self._requests.flush()

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
            kernel.lost = True
            if not kernel.started.done():
                kernel.started.set_exception(RefusedError("the warm process has ended"))
            kernel.ended.set_result(-9)
        self._kernels.clear()
        self.process.stdout.close()
