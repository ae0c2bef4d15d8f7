"""A folder for what is temporary, which is gone afterwards, whatever was made of it."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def temporary(inside: str | None = None) -> Iterator[str]:
    """Yield a new folder, and remove it with all that is in it.

    Args:
        inside: the folder in which it is made; by default the system's.
    """
    folder = tempfile.mkdtemp(prefix="exegesis-" if inside is None else "", dir=inside)
    try:
        yield folder
    finally:
        remove(Path(folder))


def size_of(folder: str) -> int:
    """Return how many bytes the files in a folder take, as far as they can be seen."""
    size, folders = 0, [folder]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    size += getattr(entry.stat(follow_symlinks=False), "st_blocks", 0) * 512
    return size


def remove(folder: Path) -> None:
    """Remove a folder as far as that is possible.

    `shutil.rmtree` calls itself for folders in folders, which may be thousands, and does not enter what may not
    be read. Here they are moved up, one by one: no path becomes longer than that of the first.
    """
    moved = 0
    with contextlib.suppress(OSError):
        while entries := list(_open(folder)):
            for entry in entries:
                for inner in _open(entry) if entry.is_dir() and not entry.is_symlink() else ():
                    if inner.is_dir() and not inner.is_symlink():
                        moved += 1
                        inner.rename(folder / f".{moved}-{os.getpid()}")
                    else:
                        inner.unlink()
                entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        folder.rmdir()


def _open(folder: Path) -> Iterator[Path]:
    folder.chmod(stat.S_IRWXU)
    return folder.iterdir()
