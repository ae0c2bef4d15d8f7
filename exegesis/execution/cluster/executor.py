"""Running chapters on a Dask cluster: what `Executor` does here, its workers do elsewhere."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import uuid
import warnings
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from distributed import CancelledError, Client, Future, KilledWorker, get_client, get_worker
from distributed.comm import resolve_address
from distributed.versions import VersionMismatchWarning
from nbformat import NotebookNode

from exegesis.execution.failure import ExecutorError, Failure
from exegesis.execution.kernel import Execution, Executor
from exegesis.execution.notebook import AS_USUAL, Options
from exegesis.kernel.environment import decisive, kernel_environment
from exegesis.limits import Limits

from .parcel import Packer, Parcel, ParcelError, unpacked
from .versions import ENGINE, PYTHON, differences, names, versions

TRIES = 3  # a chapter that three workers did not survive is not given to a fourth
_REACH = 5.0  # seconds to find the scheduler
_ALONE = 30.0  # seconds to wait for a worker
_LOOK = 1.0  # seconds between two looks at who works

T = TypeVar("T")


@dataclass(frozen=True)
class Errand:
    """All that a worker needs to execute one notebook."""

    notebook: NotebookNode
    parcel: Parcel
    limits: Limits
    options: Options
    environment: Mapping[str, str | None]  # what of it a result depends on
    versions: dict[str, str]
    tries: list[str]  # where the scheduler keeps how often it was begun: the run, the chapter


@dataclass(frozen=True)
class Returned:
    """What came of it."""

    notebook: NotebookNode
    execution: Execution


class ClusterExecutor:
    """Executes notebooks on the workers of a Dask scheduler, one at a time on each of their threads.

    As many are under way as there are threads, so nothing waits on a worker: the order is kept,
    what a worker takes with it when it dies is what it ran, and the scheduler's memory stays small.
    """

    def __init__(
        self,
        scheduler: str,
        lock: Path,
        limits: Limits | None = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> None:
        """Name the scheduler's address, the lock whose packages workers must have, and what kernels get there."""
        self._environment = environment or decisive(dict(os.environ))
        self._scheduler = scheduler
        self._limits = limits or Limits()
        self._versions = versions([*names(lock), "dask", "distributed"])
        self._run = uuid.uuid4().hex
        self._packer = Packer()
        self._turn = asyncio.Condition()
        self._threads = self._busy = 0

    async def __aenter__(self) -> ClusterExecutor:
        """Find the scheduler.

        Raises:
            ExecutorError: it does not answer, or its Dask is not this machine's.
        """
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said here, once
        warnings.filterwarnings("ignore", category=VersionMismatchWarning)
        try:
            resolve_address(self._scheduler)  # a client that fails at this leaves coroutines behind, which warn
            self._client = await Client(self._scheduler, asynchronous=True, timeout=_REACH, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {self._scheduler} ({error}); start one with 'dask scheduler'"
            ) from None
        await self._compare_scheduler()
        self._watch = asyncio.create_task(self._watch_workers())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        with suppress(asyncio.CancelledError, ExecutorError):
            await self._watch
        with suppress(OSError):
            await self._client.set_metadata([self._run], {})
        await self._client.close()

    async def execute(self, notebook: NotebookNode, path: Path, text: str, options: Options = AS_USUAL) -> Execution:
        """Execute a notebook on a worker; what comes back is put into ``notebook``.

        Raises:
            ExecutorError: the cluster went away, or a worker came that is not like this machine.
        """
        await self._unless_lost(self._take_turn())
        begin = time.perf_counter()
        try:
            parcel = self._packer.pack(path, notebook)
            tries = [self._run, uuid.uuid4().hex]
            returned = await self._send(
                Errand(notebook, parcel, self._limits, options, self._environment, self._versions, tries)
            )
        except ParcelError as error:
            return Execution(0.0, Failure(1, str(error)))
        except KilledWorker:
            return Execution(time.perf_counter() - begin, _killed())
        except ExecutorError:
            raise
        except Exception as error:  # a full disk there, a notebook that can't be sent, ...
            return Execution(time.perf_counter() - begin, Failure(1, f"the chapter cannot be run on a worker: {error}"))
        finally:
            async with self._turn:
                self._busy -= 1
                self._turn.notify()
        notebook.cells, notebook.metadata = returned.notebook.cells, returned.notebook.metadata
        execution = returned.execution
        seen = execution.seen
        if execution.failure is not None or seen is None:
            return execution
        if missed := parcel.missed(path, [*seen.files, *seen.looks]):
            why = f"it reads {', '.join(missed[:3])}, which did not go along; run it on this machine"
            return replace(execution, failure=Failure(1, why))
        return replace(execution, seen=seen.looked_again(path.parent))  # a copy's files have times of their own

    async def _send(self, errand: Errand) -> Returned:
        """Send an errand; again where the scheduler counts deaths that were not this chapter's tries.

        While a worker is dying two chapters can be on another: if that dies too, one only waited.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._send_once(errand)
            except KilledWorker:
                if await self._client.get_metadata(errand.tries, 0) >= TRIES:
                    raise
        return await self._send_once(errand)

    async def _send_once(self, errand: Errand) -> Returned:
        key = f"chapter-{uuid.uuid4().hex}"
        future: Future = self._client.submit(run_errand, errand, key=key, pure=False)
        try:
            returned: Returned | list[str] = await self._unless_lost(future.result())
        except CancelledError:  # Dask's, for all that a scheduler had when it was lost
            raise self._gone() from None
        except asyncio.CancelledError:
            with suppress(OSError):
                await future.cancel(reason="the run was stopped")
            raise
        if isinstance(returned, list):
            raise _unlike("a worker", returned)
        return returned

    async def _take_turn(self) -> None:
        async with self._turn:
            await self._turn.wait_for(lambda: self._busy < self._threads)
            self._busy += 1

    async def _unless_lost(self, work: Awaitable[T]) -> T:
        """Wait for something, but not if the cluster is lost meanwhile."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._watch}, return_when=asyncio.FIRST_COMPLETED)
            if self._watch.done():
                self._watch.result()
            return await task
        finally:
            task.cancel()

    async def _watch_workers(self) -> None:
        """Follow which workers there are; ends, with a `ExecutorError`, when there is nothing to wait for."""
        known: set[str] = set()
        seen = time.monotonic()
        while True:
            try:
                threads: dict[str, int] = await self._client.nthreads()
                if new := threads.keys() - known:
                    await self._compare(sorted(new))
                    known |= new
            except OSError:
                raise self._gone() from None
            if threads:
                seen = time.monotonic()
            elif time.monotonic() - seen > _ALONE:
                raise ExecutorError(
                    f"the scheduler at {self._scheduler} has no worker; start some with 'dask worker {self._scheduler}'"
                )
            async with self._turn:
                self._turn.notify(max(0, sum(threads.values()) - self._threads))
                self._threads = sum(threads.values())
            await asyncio.sleep(_LOOK)

    def _gone(self) -> ExecutorError:
        return ExecutorError(f"the scheduler at {self._scheduler} has gone away; what came back is stored")

    async def _compare_scheduler(self) -> None:
        """It unpacks what passes through it, and runs nothing."""
        needed = {name: self._versions[name] for name in (PYTHON, ENGINE, "dask", "distributed")}
        try:
            found = await self._client.run_on_scheduler(differences, needed)
        except Exception as error:
            await self._client.close()
            raise _unlike(f"the scheduler at {self._scheduler}", [str(error)]) from None
        if found:
            await self._client.close()
            raise _unlike(f"the scheduler at {self._scheduler}", found)

    async def _compare(self, workers: list[str]) -> None:
        told = await self._client.run(differences, self._versions, workers=workers, on_error="return")
        for worker, found in told.items():
            if found:
                if isinstance(found, OSError):
                    continue  # it died meanwhile; and one that lives compares once more by itself
                raise _unlike(f"the worker {worker}", [str(found)] if isinstance(found, Exception) else found)


def run_errand(errand: Errand) -> Returned | list[str]:
    """Execute a notebook on this worker, or say in what the worker differs from who sent it."""
    if unlike := differences(errand.versions):
        return unlike
    worker, client = get_worker(), get_client()
    begun = client.get_metadata(errand.tries, 0)
    if begun == TRIES:
        return Returned(errand.notebook, Execution(0.0, _killed()))
    client.set_metadata(errand.tries, begun + 1)
    own = Path(worker.local_directory, "chapters", str(threading.get_ident()))
    with unpacked(errand.parcel, own) as path:
        returned = asyncio.run(_execute(errand, path))
    if returned.execution.seen is None:
        return returned
    seen = returned.execution.seen.where(errand.parcel.is_inside)
    return replace(returned, execution=replace(returned.execution, seen=seen))


async def _execute(errand: Errand, path: Path) -> Returned:
    environment = kernel_environment() | {name: value for name, value in errand.environment.items() if value}
    async with Executor(errand.limits, environment=environment) as executor:
        text = path.read_text(encoding="utf-8-sig")
        work = asyncio.create_task(executor.execute(errand.notebook, path, text, errand.options))
        worker, key = get_worker(), get_worker().get_current_task()
        while not work.done():
            await asyncio.wait({work}, timeout=0.5)
            state = worker.state.tasks.get(key)
            if state is None or state.state != "executing":  # nobody waits for it any more
                work.cancel()
        return Returned(errand.notebook, await work)


def _killed() -> Failure:
    return Failure(1, f"{TRIES} workers died while they ran this chapter; it is not tried again")


def _unlike(worker: str, found: list[str]) -> ExecutorError:
    shown = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
    return ExecutorError(f"{worker} is not like this machine: {shown}; install the book's lock there")
