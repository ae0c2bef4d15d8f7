"""Putting a finished site in the place of the last one, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def recover(target: Path) -> None:
    """Undo what a publication that was cut short left behind."""
    spare, old = _siblings(target)
    if not old.exists():
        return
    if not target.exists():
        old.rename(target)
    else:
        shutil.rmtree(spare, ignore_errors=True)
        old.rename(spare)


def publish(site: Path, target: Path) -> None:
    """Copy ``site`` and swap the copy in by renames.

    It is a real copy with its times kept: Sphinx goes on writing to ``site``, through
    hard links it would write into the published pages. The site before stays beside
    the new one, to be made the next copy: then only what changed is to be copied.
    """
    recover(target)
    spare, old = _siblings(target)
    _make_equal(spare, site)
    if target.exists():
        target.rename(old)
    spare.rename(target)
    if old.exists():
        old.rename(spare)


def _siblings(target: Path) -> tuple[Path, Path]:
    return target.with_name(f".{target.name}-spare"), target.with_name(f".{target.name}-old")


def _make_equal(copy: Path, folder: Path) -> None:
    """Copy the files that differ in size or time, and remove those that are not in ``folder``.

    A file's time is set last, so that one whose copy was cut short is known by it.
    """
    copy.mkdir(exist_ok=True)
    wanted, there = _entries(folder), _entries(copy)
    for name, entry in there.items():
        if name not in wanted or wanted[name].is_dir() != entry.is_dir():
            shutil.rmtree(entry.path) if entry.is_dir() else Path(entry.path).unlink()
    for name, entry in wanted.items():
        if entry.is_dir():
            _make_equal(copy / name, folder / name)
        elif name not in there or there[name].is_dir() or _version(there[name]) != _version(entry):
            shutil.copy2(entry.path, copy / name)


def _entries(folder: Path) -> dict[str, os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return {entry.name: entry for entry in found}


def _version(file: os.DirEntry[str]) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns
