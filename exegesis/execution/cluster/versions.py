"""What decides a result besides the chapter: told and compared between two machines."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

PYTHON, ENGINE = "Python", "exegesis's code"
_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)
_ENGINE = Path(__file__).parents[2]  # the package


def names(lock: Path) -> list[str]:
    """Return the packages that a lock pins; without a lock, all that are installed here."""
    if lock.exists():
        return sorted(set(_PINNED.findall(lock.read_text(encoding="utf-8"))))
    return sorted({found.name for found in distributions()})


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of this Python, machine and engine, and of those packages that are installed here."""
    found = {
        PYTHON: platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        ENGINE: _engine(),
    }
    for name in packages:
        if told := _version(name):
            found[name] = told
    return found


def differences(theirs: Mapping[str, str]) -> list[str]:
    """Say in what this machine differs from ``versions`` of another; empty where it does not."""
    ours = versions(theirs)
    return [
        f"{name} {there} here, {ours.get(name, 'none')} there"
        for name, there in theirs.items()
        if ours.get(name) != there
    ]


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def _engine() -> str:
    """Two states of the code that runs chapters may have one version number."""
    digest = hashlib.sha256()
    for part in ("execution", "kernel"):
        for file in sorted(_ENGINE.joinpath(part).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
