"""A command within the walls: started, watched from outside, ended, and what it made taken out."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import psutil

from exegesis.text import printable

from . import pack
from .walls import BOOK, find, start, walls

_LOOK = 0.1  # seconds between two looks at the processes
_MB = 1_000_000
_MEMBERS = 200_000  # files and folders that are given back
_LINE = 100_000  # bytes that are told at once, whether a line ends or not

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bounds:
    """Beyond these all that runs within is ended; a command has limits of its own beside them."""

    tasks: int = 1000 + 100 * (os.cpu_count() or 1)  # processes and their threads
    memory: float = 8000  # MB, of all processes together
    files: float = 2000  # MB, of all files in the build's folder, which are in memory; and of what is given back
    told: float = 20  # MB that are printed
    seconds: float = 3600
    spare: float = 5  # percent of the machine's memory that are left free, whoever takes the rest


@dataclass(frozen=True)
class Ended:
    """How it ended."""

    status: int  # the command's own
    stopped: str = ""  # why it was ended from outside, if it was
    given: bool = False  # whether a folder came out


def inside(
    command: Sequence[str],
    book: Path,
    say: Say,
    *,
    tell: Say | None = None,
    give: str = "",
    into: Path | None = None,
    bounds: Bounds | None = None,
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run a command with a book, with no way to the network, to other processes or to any file but these.

    The book stands at `BOOK`, cannot be written, and is the working folder. Its ``_build`` is in memory and is gone
    at the end. The command has this interpreter, this package, an empty home and a handful of variables.
    What it prints and what it gives back is a stranger's: the one without characters that a terminal acts on, the
    other files and folders alone.

    Args:
        command: what to run; `sys.executable` is the same interpreter within.
        book: its folder, with nothing else in it; see `gather`.
        say: told of each line that is printed.
        tell: ... and of each that is printed to stderr; by default ``say`` is.
        give: a folder below the book's ``_build``, which is given back if the command ends with 0.
        into: where to; it is made anew.
        bounds: what all that runs within may use.
        environment: variables for the command beside the few that it gets.

    Raises:
        NoSandboxError: there is none to be had here.
    """
    bounds = bounds or Bounds()
    inlet, outlet = os.pipe()
    wrapped = [sys.executable, pack.__file__, str(outlet), f"{BOOK}/_build/{give}", *command]
    with os.fdopen(inlet, "rb") as pipe, tempfile.TemporaryFile() as archive:
        try:
            within = [find(), *walls(book, bounds.files, environment), "--", *wrapped]
            process = start(within, stdout=subprocess.PIPE, stderr=subprocess.PIPE, passed=[outlet])
        finally:
            os.close(outlet)
        assert process.stdout and process.stderr
        room, told = _Room(bounds.files), _Room(bounds.told)
        readers = [
            threading.Thread(target=_copy, args=(pipe, archive, room)),
            threading.Thread(target=_pass_on, args=(process.stdout, say, told)),
            threading.Thread(target=_pass_on, args=(process.stderr, tell or say, told)),
        ]
        for reader in readers:
            reader.start()
        try:
            stopped = _watch(process, bounds, room, told)
        finally:
            _end(process)
            for reader in readers:
                reader.join()
        taken = not stopped and process.returncode == 0 and into is not None and _take(archive, into)
    return Ended(process.returncode, stopped, bool(taken))


class _Room:
    """How much more may come."""

    def __init__(self, megabytes: float) -> None:
        self.left = megabytes * _MB

    def take(self, data: bytes) -> bool:
        self.left -= len(data)
        return self.left >= 0


def _watch(process: subprocess.Popen[bytes], bounds: Bounds, files: _Room, told: _Room) -> str:
    """Wait for the end; return why it has to be brought about, if it has."""
    end = time.monotonic() + bounds.seconds
    while process.poll() is None:
        tasks, memory = _used(process.pid)
        whole = psutil.virtual_memory()
        if tasks > bounds.tasks:
            return f"more than {bounds.tasks} processes and threads"
        if memory > bounds.memory * _MB:
            return f"more than {bounds.memory:g} MB of memory"
        if whole.available < whole.total * bounds.spare / 100:
            return f"less than {bounds.spare:g} % of this machine's memory are left"
        if files.left < 0:
            return f"more than {bounds.files:g} MB to give back"
        if told.left < 0:
            return f"more than {bounds.told:g} MB of messages"
        if time.monotonic() > end:
            return f"more than {bounds.seconds:g} s"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill bubblewrap and its children, one of which is the first process within: all others go with it.

    They go with bubblewrap too, once it has arranged for that; it may have been started just now.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children():
                child.kill()
        process.kill()
    process.wait()


def _used(pid: int) -> tuple[int, int]:
    """Return the tasks of a process and of all that descend from it, and their memory in bytes."""
    tasks = memory = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        for process in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # it has ended meanwhile
                tasks += process.num_threads()
                memory += process.memory_info().rss
    return tasks, memory


def _copy(pipe: IO[bytes], archive: IO[bytes], room: _Room) -> None:
    while data := pipe.read(65536):
        if room.take(data):
            archive.write(data)


def _pass_on(pipe: IO[bytes], say: Say, room: _Room) -> None:
    while line := pipe.readline(_LINE):
        if room.take(line):
            say(printable(line.decode(errors="replace").rstrip("\r\n")))
    pipe.close()


def _take(archive: IO[bytes], into: Path) -> bool:
    """Take files and folders out of an archive that a stranger has written: no links, no devices, nothing above.

    By hand, for Python's own filters for that are not in every 3.11. A sparse file may be larger than any disk.
    """
    shutil.rmtree(into, ignore_errors=True)
    archive.seek(0)
    try:
        with tarfile.open(fileobj=archive, mode="r:") as members:
            for number, member in enumerate(members):
                if number > _MEMBERS:
                    raise tarfile.TarError("too many files")
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    continue
                if member.isdir():
                    (into / path).mkdir(parents=True, exist_ok=True)
                elif member.isreg() and not member.issparse() and (content := members.extractfile(member)):
                    with (into / path).open("xb") as file:
                        shutil.copyfileobj(content, file)
    except (tarfile.TarError, OSError, ValueError):  # it was cut short, or is none
        shutil.rmtree(into, ignore_errors=True)
        return False
    return into.is_dir()
