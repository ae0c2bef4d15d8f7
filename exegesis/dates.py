"""Dates by the commit, not by the clock: one commit is built, and judged, in one way on any day."""

from __future__ import annotations

import datetime
import functools
import os
import subprocess
from pathlib import Path

_DAY = datetime.timedelta(days=1)  # it may be tomorrow already where somebody writes


def commit_date(folder: Path) -> int | None:
    """Return when the last commit was made, in seconds since the epoch; None outside of a repository."""
    told = _git("log", "-1", "--format=%ct", folder=folder)
    return int(told.stdout) if told and told.stdout.strip().isdigit() else None


class Days:
    """Says of days that files name whether they are still to come."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def to_come(self, day: datetime.date, path: Path) -> bool:
        """Say it by the commit that has a file as it stands; by the clock while the file is written."""
        if day > datetime.datetime.now(datetime.UTC).date() + _DAY:
            return True
        return self._committed is not None and day > self._committed + _DAY and self._is_committed(path)

    @functools.cached_property
    def _committed(self) -> datetime.date | None:
        made = commit_date(self._root)
        return None if made is None else datetime.datetime.fromtimestamp(made, datetime.UTC).date()

    def _is_committed(self, path: Path) -> bool:
        name, folder = os.fspath(path), self._root
        asked = [_git("ls-files", "--error-unmatch", "--", name, folder=folder)]
        asked.append(_git("diff", "--quiet", "HEAD", "--", name, folder=folder))
        return all(told is not None and told.returncode == 0 for told in asked)


def _git(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return None
