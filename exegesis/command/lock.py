"""One build of a book at a time: another waits, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def only_build(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the book's lock, in the folder of its builds; the system releases it when a process ends however."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another build of this book is under way; waiting for its end ...")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
