"""A Jupyter kernel provisioner whose kernels are forked from a warm process.

A kernelspec chooses it, in a file or in memory::

    "metadata": {"kernel_provisioner": {"provisioner_name": "exegesis-fork", "config": {"modules": ["numpy"]}}}

Where a kernel can't be forked it is started as always: on Windows and macOS, for a kernelspec
that is not plain ipykernel, after a module that prints, warns or starts a thread when it is imported.
"""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, List, Unicode

from exegesis.kernel.client import CAN_FORK, ForkedKernel, RefusedError, WarmProcess

NAME = "exegesis-fork"  # the entry point
_LAUNCHER = "ipykernel_launcher"


def starts_ours(command: list[str]) -> bool:
    """Say whether a command starts IPython's kernel in this very environment."""
    return command[0] == sys.executable and command[1:3] == ["-m", _LAUNCHER]


class ForkProvisioner(LocalProvisioner):
    """Forks kernels where it can."""

    forks = Bool(True, help="False for kernels that are started from nothing").tag(config=True)
    forked: ForkedKernel | None = None  # stays when the process has ended
    modules = List(Unicode(), help="what to import before the fork: what the notebook begins with").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if self.forks and CAN_FORK and starts_ours(cmd):
            steps = [os.path.realpath(kwargs.get("cwd") or "."), *self.modules]
            launcher = find_spec(_LAUNCHER)
            assert launcher and launcher.origin
            env = dict(kwargs.get("env") or os.environ)
            kernel = WarmProcess.shared(env).fork(steps, [launcher.origin, *cmd[3:]], env)
            try:
                self.pid = self.pgid = await asyncio.wrap_future(kernel.started)
            except RefusedError as why:
                self.log.info("starting an ordinary kernel: %s", why)
            else:
                self.process = self.forked = kernel  # type: ignore[assignment]
                self.cwd = steps[0]
                return self.connection_info
        guard = [sys.executable, "-P", "-m", "exegesis.kernel.guarded"] if sys.platform == "linux" else []
        return await super().launch_kernel([*guard, *cmd], **kwargs)

    async def wait(self) -> int | None:
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        status = await asyncio.wrap_future(self.process.ended)
        self.process = None
        return status
