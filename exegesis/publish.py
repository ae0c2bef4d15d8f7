"""Putting a finished site in the place of the last one, whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path


def recover(target: Path) -> None:
    """Undo what a publication that was cut short left behind."""
    new, old = _siblings(target)
    if not target.exists() and old.exists():
        old.rename(target)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


def publish(site: Path, target: Path) -> None:
    """Copy ``site`` and swap the copy in by two renames.

    It is a real copy with its times kept: Sphinx goes on writing to ``site``, through
    hard links it would write into the published pages.
    """
    recover(target)
    new, old = _siblings(target)
    shutil.copytree(site, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _siblings(target: Path) -> tuple[Path, Path]:
    return target.with_name(target.name + ".new"), target.with_name(target.name + ".old")
