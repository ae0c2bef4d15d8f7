"""The files of a book, as they lie in its folder and as they were in a commit: read as data, and never run."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from typing import Protocol

from exegesis.fault import closest

_BLOB = "blob"


class RevisionError(Exception):
    """What is asked of git can't be told; the message says why, and how to mend it."""


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


class Commit:
    """What git has of a folder in a commit; neither filters nor hooks of the repository are run."""

    def __init__(self, root: Path, name: str) -> None:
        """Take a commit by its name.

        Raises:
            RevisionError: the folder is in no repository, or this has no such commit.
        """
        self.root = root.resolve()
        self.commit = _commit(self.root, name)

    @functools.cached_property
    def _blobs(self) -> dict[str, str]:
        """The files of the folder: path -> the object's name. Links, and other repositories, are none."""
        told = _git(self.root, "ls-tree", "-r", "-z", self.commit, "--", ".")
        entries = (entry.partition(b"\t") for entry in told.split(b"\0") if entry)
        return {
            path.decode("utf-8", "surrogateescape"): object_name.decode()
            for (mode, kind, object_name), path in ((head.split(), path) for head, _, path in entries)
            if kind.decode() == _BLOB and mode != b"120000"
        }

    def names(self, under: str = "") -> list[str]:
        folder = f"{under.rstrip('/')}/" if under else ""
        return sorted(name for name in self._blobs if name.startswith(folder))

    def bytes(self, name: str) -> bytes | None:
        found = self._blobs.get(name)
        return None if found is None else _git(self.root, "cat-file", _BLOB, found)


def merge_base(root: Path, name: str, of: str = "HEAD") -> str:
    """Return the commit at which a branch, or what is checked out, left another one.

    Raises:
        RevisionError: the folder is in no repository, this has no such branch, or the two have nothing in common.
    """
    other, own = _commit(root, name), _commit(root, of)
    try:
        return _git(root, "merge-base", own, other).decode().strip()
    except RevisionError:
        what = f"'{name}' and {of} have no commit in common"
        raise RevisionError(f"{what}; fetch the whole history: git fetch --unshallow") from None


def _commit(root: Path, name: str) -> str:
    inside = _git(root, "rev-parse", "--is-inside-work-tree", told="no").strip() == b"true"
    if not inside:
        raise RevisionError(f"{root} is in no git repository; what changed can't be told without one")
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", told="").decode().strip()
    if found:
        return found
    known = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").decode().split()
    raise RevisionError(f"git knows no commit '{name}'; {closest(name, known)}")


def _git(root: Path, *arguments: str, told: str | None = None) -> bytes:
    """Return what git prints; where it fails what is given for that.

    Raises:
        RevisionError: it fails, and nothing is.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except OSError as error:
        raise RevisionError(f"git can't be run ({error.strerror}); install it") from None
    if done.returncode and told is None:
        raise RevisionError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return told.encode() if done.returncode and told is not None else done.stdout
