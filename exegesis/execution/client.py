"""The clients of Jupyter and nbclient, with a kernel's beginning and end as this engine has them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from queue import Empty
from typing import Any

import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.client import KernelClient
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbclient.util import ensure_async
from nbformat import NotebookNode

from exegesis.exercise import is_of_exercise

from .failure import runs
from .limits import Watch, family, let_go_on

_UNHEARD = 0.1  # seconds after which a kernel is asked again
_MOMENT = 2.0  # seconds that an idle kernel has to end by itself
AfterCells = Callable[[NotebookClient], Awaitable[None]]  # while the kernel is still there


class KernelClientReady(AsyncKernelClient):
    """Is ready once an answer has come on both channels; Jupyter's own then waits for 0.2 s of silence."""

    def start_channels(self, *_: bool, **__: bool) -> None:
        super().start_channels(stdin=False, hb=False)  # nobody types, and the manager knows who lives

    async def _ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            asked = self.kernel_info()
            while not await self._answered(asked):
                if not await self.is_alive():
                    raise RuntimeError("the kernel died before it was ready")
            if await self._published(asked):
                return
        raise RuntimeError(f"the kernel is not ready after {timeout} s")

    async def _answered(self, asked: str) -> bool:
        try:
            return bool((await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") == asked)
        except Empty:
            return False

    async def _published(self, asked: str) -> bool:
        """False where the kernel had answered before this client could hear it."""
        try:
            while True:
                message = await self.get_iopub_msg(timeout=_UNHEARD)
                ours = message["parent_header"].get("msg_id") == asked
                if ours and message["content"].get("execution_state") == "idle":
                    return True
        except Empty:
            return False

    wait_for_ready = _ready


class Client(NotebookClient):
    """Nbclient's, with a kernel that is asked to end when the last cell has run, and is gone soon.

    It leaves signals alone: nbclient's handler would end one kernel, and swallow Ctrl-C.
    """

    def __init__(
        self, notebook: NotebookNode, manager: AsyncKernelManager, after: AfterCells, watch: Watch, **settings: Any
    ) -> None:
        super().__init__(notebook, manager, **settings)
        self._after = after
        self._watch = watch
        self._has_run = False  # all that runs in order
        self.at: int | None = None  # the cell that runs, or ran last
        self._over = False
        self.started: asyncio.Future[int] = asyncio.get_running_loop().create_future()  # the kernel's process, ready

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if not self._watch.add(msg["content"]):
            return None
        return super().process_message(msg, cell, cell_index)

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, *rest: Any, **options: Any) -> NotebookNode:
        if is_of_exercise(cell.metadata) and not self._has_run:
            return cell
        if runs(cell):
            self.at = cell_index
        return await super().async_execute_cell(cell, cell_index, *rest, **options)

    async def _async_poll_output_msg(self, *told: Any) -> None:
        """Read outputs. Where a kernel is ended in the middle nobody asks how that went, and asyncio would tell it."""
        try:
            await super()._async_poll_output_msg(*told)
        except (Empty, AssertionError):
            if not self._over:
                raise

    @asynccontextmanager
    async def async_setup_kernel(self, **settings: Any) -> AsyncIterator[None]:
        assert self.km is not None
        idle = False
        try:
            await self.async_start_new_kernel(**settings)
            await self.async_start_new_kernel_client()
            self.started.set_result(getattr(self.km.provisioner, "pid", None) or os.getpid())
            try:
                yield
            except CellExecutionError:
                idle = True
                raise
            self._has_run = True
            await self._after(self)
            idle = True
        finally:
            self._over = True
            if self.km is not None:  # nbclient has cleaned up after one that did not start
                await asyncio.shield(_end(self.km, self.kc, idle))


async def _end(manager: KernelManager, client: KernelClient | None, idle: bool) -> None:
    """End a kernel with all that it started.

    One that is idle is asked first: what its files have buffered is written, and what it registered to be
    done at its end is done. One that is busy, or takes longer than `_MOMENT`, is killed.
    """
    provisioner = manager.provisioner
    if provisioner and provisioner.has_process:
        pid = getattr(provisioner, "pid", 0)
        descendants = family(pid)[1:]
        ended = asyncio.ensure_future(provisioner.wait())
        if client and idle:
            client.shutdown()
            await asyncio.wait([ended], timeout=_MOMENT)
        let_go_on(pid)
        if not ended.done():
            await provisioner.kill()
        for process in descendants:  # those that left its process group too
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await ended
    if client:
        client.stop_channels()
    await ensure_async(manager.cleanup_resources())
