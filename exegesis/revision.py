"""Which commit a book is built from, and what of it differs from that."""

from __future__ import annotations

import datetime
import os
import re
from dataclasses import dataclass
from pathlib import Path

from exegesis.history import RevisionError, git

#: Says, for a copy of its files without a repository, what 'git log -1 --format="%H %ct"' would.
VARIABLE = "EXEGESIS_COMMIT"
_TOLD = re.compile("([0-9a-f]{40}|[0-9a-f]{64}) ([0-9]{1,12})")


@dataclass(frozen=True)
class Revision:
    """The commit that is checked out."""

    commit: str  # 40 hexadecimal digits, or 64
    date: str  # its day in UTC, as 2026-01-31
    changed: frozenset[str]  # files that are not as it has them, new ones too: paths from the book's root

    @property
    def clean(self) -> bool:
        """Whether nothing differs from the commit."""
        return not self.changed


def revision_of(root: Path) -> Revision | None:
    """Return the revision of the book at ``root``; None outside of a repository, and where nothing is committed.

    What git ignores does not count as changed: builds, environments.
    """
    if told := _TOLD.fullmatch(os.environ.get(VARIABLE, "")):
        return Revision(told[1], _day(told[2]), frozenset())
    try:
        told = _TOLD.fullmatch(git(root, "log", "-1", "--format=%H %ct").decode().strip())
        names = git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", "HEAD", "--", ".")
        names += git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    except RevisionError:
        return None
    assert told
    changed = frozenset(filter(None, names.decode("utf-8", "surrogateescape").split("\0")))
    return Revision(told[1], _day(told[2]), changed)


def _day(seconds: str) -> str:
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).date().isoformat()
