"""Executing one notebook: in a kernel of its own, under limits, to its end or to a `Failure`."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import tempfile
import time
import uuid
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from exegesis.kernel.environment import kernel_environment
from exegesis.kernel.temporary import VARIABLES
from exegesis.limits import Limits

from . import failure, provisioner
from .client import Client, KernelClientReady
from .exercises import ExerciseError, exercise_cells, run_exercises
from .failure import Failure
from .frames import SliderError, sliders_of, take_frames
from .imports import warm_modules
from .limits import Watch
from .meter import Meter, Spent
from .notebook import AS_USUAL, Options, code_line
from .outputs import steady
from .seen import Seen
from .temporary import temporary

_EXTENSIONS = [f"--IPKernelApp.extra_extensions=exegesis.kernel.{name}" for name in ("record", "ending")]
_NO_KERNEL = "name another as its kernelspec, or install it; 'jupyter kernelspec list' tells which there are"
_NO_ASIDE = "exercises are run in the environment that builds the book alone, and this kernel is of another"
_REPORT = "__import__('exegesis.kernel.record', fromlist=['report']).report()"


@dataclass(frozen=True)
class Execution:
    """How an execution ended."""

    seconds: float
    failure: Failure | None
    seen: Seen | None = None  # what the notebook did; None where its kernel can't tell
    known: bool = True  # whether its kernel was of this environment: of another's packages nothing is known
    spent: tuple[Spent, ...] = ()  # by each code cell that ran, if it was to be measured


class Executor:
    """Executes notebooks, several at a time, in one event loop."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        jobs: int | None = None,
        forked: bool = True,
        environment: dict[str, str] | None = None,
        measured: bool = False,
    ) -> None:
        """Say how many kernels there are at a time, by default two more than cores: each waits now and then.

        With ``forked`` they come from a warm process, where that can be. Their environment is by default
        this process's own. With ``measured`` it is noted what each cell takes.
        """
        self._measured = measured
        self._limits = limits or Limits()
        self._environment = environment or kernel_environment()
        self._jobs = jobs or (os.cpu_count() or 1) + 2
        self._free = asyncio.Semaphore(self._jobs)
        self._alone = asyncio.Lock()
        self._begun = self._ended = 0  # executions
        self._forked = forked
        self._held = ExitStack()
        self._folder: str  # of sockets, and of what kernels keep for a while
        self._context: zmq.asyncio.Context

    async def __aenter__(self) -> Executor:
        self._folder = self._held.enter_context(temporary())
        self._context = zmq.asyncio.Context()
        self._context.reconnect_ivl = 5  # ms; a client that is earlier than its kernel's socket tries again
        return self

    async def __aexit__(self, *_: object) -> None:
        self._context.destroy(linger=0)
        self._held.close()

    async def execute(self, notebook: NotebookNode, path: Path, text: str, options: Options = AS_USUAL) -> Execution:
        """Execute a notebook as ``Executes`` says, and take the frames of its sliders."""
        async with self._free:
            others, self._begun = self._begun > self._ended, self._begun + 1
            number = self._begun
            execution, lost = await self._try(notebook, path, text, options)
            others, self._ended = others or self._begun > number, self._ended + 1
        if not (lost and others):
            return execution
        for cell in notebook.cells:  # it may have been another notebook's doing: once more, when none is left
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        async with self._alone, AsyncExitStack() as held:
            for _ in range(self._jobs):  # whoever waits already comes first
                await held.enter_async_context(self._free)
            return (await self._try(notebook, path, text, options))[0]

    async def _try(self, notebook: NotebookNode, path: Path, text: str, options: Options) -> tuple[Execution, bool]:
        """Execute a notebook; say whether its kernel was lost, or the process from which it was forked."""
        told: dict[str, Any] = {}
        begin = time.perf_counter()
        try:
            manager = self._manager(notebook)
        except NoSuchKernel as error:
            return Execution(0.0, Failure(1, f"the notebook cannot be run: {error}", _NO_KERNEL)), False
        known = provisioner.starts_ours(manager.format_kernel_cmd())
        meter = Meter() if self._measured else None
        with temporary(self._folder) as own:
            folder = tempfile.mkdtemp(dir=own) if options.in_temp else str(path.parent)
            ended = await self._run(manager, notebook, folder, own, text, options, told if known else None, meter)
        seconds = time.perf_counter() - begin
        forked = getattr(manager.provisioner, "forked", None)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = steady(cell.outputs, own, tempfile.gettempdir())
        seen = Seen.read(told, path.parent) if told else None
        if seen:  # what stood there was made there, and is gone
            seen = seen.where(lambda name: not Path(os.path.normpath(path.parent / name)).is_relative_to(own))
        execution = Execution(seconds, ended, seen, known, tuple(meter.spent) if meter else ())
        return execution, bool(ended and (ended.died or (forked and forked.lost)))

    async def _run(
        self,
        manager: AsyncKernelManager,
        notebook: NotebookNode,
        folder: str,
        own: str,
        text: str,
        options: Options,
        told: dict[str, Any] | None,
        meter: Meter | None,
    ) -> Failure | None:
        async def after(client: NotebookClient) -> None:
            await take_frames(client, sliders)
            await run_exercises(client)
            if told is not None:
                told.update(await _report(client))

        seconds = self._limits.cell if options.timeout is None else options.timeout
        client: Client | None = None
        try:
            sliders = sliders_of(notebook)
            if told is None and (asides := exercise_cells(notebook)):
                return Failure(code_line(notebook, asides[0], text), _NO_ASIDE, "name 'python3' as its kernelspec")
            client = Client(
                notebook,
                manager,
                after,
                watch := Watch(self._limits, own),
                extra_arguments=_EXTENSIONS if told is not None else [],
                timeout=seconds,
                allow_errors=options.allow_errors,
                record_timing=False,
                resources={"metadata": {"path": folder}},
            )
            if meter:
                meter.watch(client)
            if over := await _unless_exceeded(client, watch, self._environment | dict.fromkeys(VARIABLES, own)):
                return failure.stopped(notebook, text, client.at, over)
        except (SliderError, ExerciseError) as error:
            return Failure(code_line(notebook, error.cell, text), str(error))
        except CellExecutionError as error:
            return failure.raised(notebook, text, _cell_of(client), error)
        except CellTimeoutError:
            return failure.stopped(notebook, text, _cell_of(client), f"the cell takes longer than {seconds:g} s")
        except DeadKernelError:
            why = "the kernel died in this cell (out of memory, or a crash in C)"
            return failure.stopped(notebook, text, _cell_of(client), why, died=True)
        except Exception as error:  # a kernel that does not start, an output that is none, ...
            why, at = str(error).partition("\n")[0], _cell_of(client)
            if at is not None:
                return failure.stopped(notebook, text, at, f"what the cell gives can't be kept: {why}")
            if client and isinstance(error, RuntimeError):
                name, command = manager.kernel_name, " ".join(manager.format_kernel_cmd())
                return Failure(1, f"the kernel '{name}' does not start: {command}", _NO_KERNEL)
            return Failure(1, f"the notebook cannot be run: {why}")
        return None

    def _manager(self, notebook: NotebookNode) -> AsyncKernelManager:
        name = notebook.metadata.get("kernelspec", {}).get("name", "python3")
        where = str(Path(self._folder, uuid.uuid4().hex[:8]))
        # Over TCP ipykernel warns in every chapter that the traffic is not encrypted.
        ipc = {} if os.name == "nt" else {"transport": "ipc", "ip": where}
        manager = AsyncKernelManager(
            kernel_name=name,
            connection_file=f"{where}.json",
            context=self._context,
            client_factory=KernelClientReady,
            **ipc,
        )
        config = {"modules": warm_modules(notebook), "forks": self._forked}
        spec = manager.kernel_spec
        assert spec
        spec.metadata = {
            **spec.metadata,
            "kernel_provisioner": {"provisioner_name": provisioner.NAME, "config": config},
        }
        if not KernelProvisionerFactory.instance().is_provisioner_available(spec):
            del spec.metadata["kernel_provisioner"]  # this package is on the path but was not installed
        return manager


async def _unless_exceeded(client: Client, watch: Watch, environment: dict[str, str]) -> str:
    """Execute; return which limit was exceeded, if one was.

    Only waiting is cancelled here: nbclient takes a cancellation for the death of its kernel.
    """
    work = asyncio.create_task(client.async_execute(env=environment))
    limit = asyncio.create_task(_exceeded(client, watch))
    try:
        await asyncio.wait([work, limit], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
            return ""
        return str(await limit)
    finally:
        work.cancel()
        limit.cancel()
        await asyncio.gather(work, limit, return_exceptions=True)


def _cell_of(client: Client | None) -> int | None:
    return client.at if client else None


async def _exceeded(client: Client, watch: Watch) -> str:
    return await watch.exceeded(await client.started)


async def _report(client: NotebookClient) -> dict[str, Any]:
    """Ask a kernel what its notebook did."""
    assert client.kc
    asked = client.kc.execute("", silent=True, user_expressions={"seen": _REPORT})
    reply = await client.async_wait_for_reply(asked)
    told = (reply or {}).get("content", {}).get("user_expressions", {}).get("seen", {})
    text = told.get("data", {}).get("text/plain")
    report: dict[str, Any] = json.loads(ast.literal_eval(text)) if text else {}
    return report
