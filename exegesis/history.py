"""What git has of a book, read as data: no filter, attribute or hook is followed, and no link is a file."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from exegesis.fault import closest

_FILES = (b"100644", b"100755")  # git's modes of files; others are links, and repositories within this one


class RevisionError(Exception):
    """What is asked of git can't be told; the message says why, and how to mend it."""


class _Blob(NamedTuple):
    """A file, as git keeps it."""

    digest: str
    size: int  # bytes


class Commit:
    """What git has of a folder in a commit. Files are known by their paths from there, with forward slashes."""

    def __init__(self, root: Path, name: str) -> None:
        """Take a commit by its name, or that of a branch or a tag.

        Raises:
            RevisionError: the folder is in no repository, or this has no such commit.
        """
        self.root = root.resolve()
        self.commit = _commit(self.root, name)

    @property
    def date(self) -> str:
        """When it was made, in seconds since 1970."""
        return git(self.root, "log", "-1", "--format=%ct", self.commit).decode().strip()

    @functools.cached_property
    def _entries(self) -> dict[str, _Blob | None]:
        """All that is in the folder, by path; None for what is no file."""
        told = git(self.root, "ls-tree", "-r", "-z", "--long", self.commit, "--", ".")
        found = {}
        for entry in filter(None, told.split(b"\0")):
            head, _, name = entry.partition(b"\t")
            mode, _, digest, size = head.split()
            path = name.decode("utf-8", "surrogateescape")
            outside = path.startswith("/") or ".." in PurePosixPath(path).parts  # which git itself never makes
            is_file = mode in _FILES and not outside
            found[path] = _Blob(digest.decode(), int(size)) if is_file else None
        return found

    def names(self, under: str = "") -> list[str]:
        """Return the paths of the files below a folder, sorted; of a folder that is not there none."""
        return sorted(name for name, blob in self._entries.items() if blob and _is_below(name, under))

    def no_files(self, under: str = "") -> list[str]:
        """Return the paths of links, and of what else is no file."""
        return sorted(name for name, blob in self._entries.items() if not blob and _is_below(name, under))

    def size(self, names: Iterable[str]) -> int:
        """Return how many bytes these files have together."""
        return sum(blob.size for blob in map(self._entries.get, names) if blob)

    def contents(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield those of these files that there are, with their content."""
        blobs = {name: blob for name in names if (blob := self._entries.get(name))}
        command = ["git", "cat-file", "--batch"]
        with subprocess.Popen(command, cwd=self.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            for name, blob in blobs.items():
                process.stdin.write(f"{blob.digest}\n".encode())
                process.stdin.flush()
                length = int(process.stdout.readline().split()[2])
                yield name, process.stdout.read(length)
                process.stdout.read(1)  # the end of a line
            process.stdin.close()

    def bytes(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""
        return dict(self.contents([name])).get(name)


def _is_below(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder.rstrip('/')}/")


def merge_base(root: Path, name: str, of: str = "HEAD") -> str:
    """Return the commit at which a branch, or what is checked out, left another one.

    Raises:
        RevisionError: the folder is in no repository, this has no such branch, or the two have nothing in common.
    """
    other, own = _commit(root, name), _commit(root, of)
    try:
        return git(root, "merge-base", own, other).decode().strip()
    except RevisionError:
        what = f"'{name}' and {of} have no commit in common"
        raise RevisionError(f"{what}; fetch the whole history: git fetch --unshallow") from None


def changed_files(root: Path, since: str, of: str = "HEAD") -> list[tuple[str, str]]:
    """Return what two commits have that differs, below a folder: git's letter for what became of it, and its path.

    Raises:
        RevisionError: the folder is in no repository, or this has no such commit.
    """
    commits = _commit(root, since), _commit(root, of)
    told = git(root, "diff", "--name-status", "--no-renames", "--relative", "-z", *commits)
    words = told.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return list(zip(words[::2], words[1::2], strict=True))


def _commit(root: Path, name: str) -> str:
    inside = git(root, "rev-parse", "--is-inside-work-tree", told="no").strip() == b"true"
    if not inside:
        raise RevisionError(f"{root} is in no git repository; what changed can't be told without one")
    asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    found = git(root, *asked, told="").decode().strip()
    if found:
        return found
    known = git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").decode().split()
    raise RevisionError(f"git knows no commit '{name}'; {closest(name, known)}")


def git(root: Path, *arguments: str, told: str | None = None) -> bytes:
    """Return what git prints; where it fails what is given for that.

    Raises:
        RevisionError: it fails, or there is none, and nothing is given.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except OSError as error:
        raise RevisionError(f"git can't be run ({error.strerror}); install it") from None
    if done.returncode and told is None:
        raise RevisionError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return told.encode() if done.returncode and told is not None else done.stdout
