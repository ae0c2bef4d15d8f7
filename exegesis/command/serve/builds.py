"""Builds, each in a process of its own that was started in advance.

While the author writes, a process imports what is needed, makes the Sphinx application, works out
what the build is likely to ask, and waits. It builds once and ends, so that nothing is left over
for the next build.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from exegesis.command.build import build_book, build_chapter
from exegesis.command.disk import refusal
from exegesis.command.project import Project, UsageError
from exegesis.command.startup import set_up_process, warm_up
from exegesis.fault import Fault, Kind
from exegesis.kernel.client import WarmProcess

from .ahead import work_ahead

_SAFE_PATH = "PYTHONSAFEPATH"

Show = Callable[[list[Fault]], None]


@dataclass
class Built:
    """What a build came to."""

    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0


class Builds:
    """One build after another, each by the process that waits for it."""

    def __init__(self, project: Project, slug: str | None = None) -> None:
        self.project, self.slug = project, slug  # of the chapter that is built alone, or None
        self._likely = {project.chapters([slug])[slug]} if slug else set()  # what the author is at
        # Processes are forked from one that has imported the builder and has no threads, where there are forks.
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        self._context.set_forkserver_preload(["exegesis.command.build"])
        if "forkserver" in methods:
            _start_server()
        self._next = self._start()

    async def build(self, changed: set[Path], show: Show) -> Built:
        """Build what changed; ``show`` is given the faults so far when the pages are there."""
        process = await self._next
        # What is known of the book in advance is its configuration, its records and which pages it has.
        if not changed <= process.pages:
            await asyncio.to_thread(process.end)
            self._next = self._start()
            process = await self._next
        try:
            built = await process.build(show)
        finally:
            await asyncio.to_thread(process.end)
        self._likely = changed & process.pages or self._likely
        self._next = self._start()
        return built

    async def close(self) -> None:
        await asyncio.to_thread((await self._next).end)

    def _start(self) -> asyncio.Task[_Process]:
        start = functools.partial(_Process, self._context, self.project, self.slug, self._likely)
        return asyncio.create_task(asyncio.to_thread(start))


def _start_server() -> None:
    """Start what is forked; it imports nothing from where it is started, where a book may have its own ``yaml.py``."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def pages_of(project: Project) -> set[Path]:
    """Return the book's pages, or none where its table of contents can't be read: the build tells it."""
    try:
        return set(project.pages())
    except UsageError:
        return set()


class _Process:
    """A process that is ready to build."""

    def __init__(self, context: Any, project: Project, slug: str | None, likely: set[Path]) -> None:
        self.pages = pages_of(project)
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_wait_and_build, args=(theirs, project.root, slug, likely))
        self._process.start()
        self._begun = False
        theirs.close()

    async def build(self, show: Show) -> Built:
        self._begun = True
        with contextlib.suppress(OSError):  # it ended; what it said before is still to be had
            self._connection.send("begin")
        while True:
            try:
                said = await asyncio.to_thread(self._connection.recv)
            except (EOFError, ConnectionResetError):
                return _unbuilt(f"the build ended by itself (status {self._process.exitcode})", "save once more")
            if isinstance(said, Built):
                return said
            show(said)

    def end(self) -> None:
        """Wait for the end, and ask for it if it does not come; a build that is cut short ends its kernels."""
        self._connection.close()  # what waits for a word ends
        self._process.join(2 if self._begun else 0.2)
        if self._begun and self._process.is_alive() and self._process.pid:
            os.kill(self._process.pid, signal.SIGINT)
            self._process.join(5)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()


def _wait_and_build(parent: Connection, root: Path, slug: str | None, likely: set[Path]) -> None:
    """Make everything ready, wait for a word, build, and report."""
    begun = False

    def begin() -> None:
        nonlocal begun
        if not begun:
            parent.recv()
            begun = True

    os.environ.pop(_SAFE_PATH, None)  # what the build starts is as ever
    set_up_process()
    try:
        try:
            project = Project.open(root)

            def ready(app: Sphinx) -> None:
                warm_up(project)
                if not project.foreign:
                    work_ahead(app, likely)
                gc.freeze()  # all that is there lasts as long as the process
                begin()

            if slug:
                outcome = build_chapter(project, slug, _say, begin=ready, written=parent.send)
            else:
                outcome = build_book(project, _say, begin=ready, written=parent.send)
            built = Built(outcome.faults, outcome.seconds)
        except UsageError as error:
            built = _unbuilt(str(error))
        except (EOFError, BrokenPipeError):  # nobody is there any more, to hear of it either
            raise
        except Exception as error:
            if not (said := refusal(error)):
                traceback.print_exc()
            built = _unbuilt(said or "the build failed with an error of its own, printed above")
        begin()
        parent.send(built)
    except (EOFError, KeyboardInterrupt, BrokenPipeError):
        pass  # nobody waits for it any more
    finally:
        WarmProcess.stop_shared()


def _unbuilt(what: str, mend: str = "") -> Built:
    return Built([Fault("", 1, what, mend, Kind.BUILD.code)])


def _say(line: str) -> None:
    print(line, flush=True)
