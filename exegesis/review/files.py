"""The files of a book, as they lie in its folder or as `exegesis.history` has them: read as data, and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """A book's files, by their paths from its root, with forward slashes."""

    def names(self, under: str = "") -> list[str]:
        """Return the paths of the files below a folder, sorted; of a folder that is not there none."""

    def bytes(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""


def text_of(files: Files, name: str) -> str | None:
    """Return a file's text as `exegesis.text` would read it, with a sign in the place of what is no UTF-8."""
    found = files.bytes(name)
    return None if found is None else "\n".join(found.decode("utf-8-sig", errors="replace").splitlines()) + "\n"


class Folder:
    """What lies in a folder. Links that lead out of it are not followed: a stranger's branch may have some."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def names(self, under: str = "") -> list[str]:
        found = sorted(path for path in (self.root / under).rglob("*") if path.is_file() and self._is_inside(path))
        return [path.relative_to(self.root).as_posix() for path in found]

    def bytes(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.is_file() and self._is_inside(path) else None

    def _is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root)
