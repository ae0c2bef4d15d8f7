"""What of a branch goes in: its pages and records, as data; all else is that of whoever looks at it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import exegesis
from exegesis.dates import commit_date
from exegesis.history import Commit, RevisionError, changed_files, git, merge_base

_MOST = 500_000_000  # bytes


class UnknownBranchError(Exception):
    """There is no such branch, or it can't be taken; the message says which and why."""


@dataclass(frozen=True)
class Gathered:
    """What was put into a folder."""

    commit: str  # that the pages are of; empty without a branch
    date: str  # of the last commit, in seconds since 1970; empty where there is none
    unused: list[str] = field(default_factory=list)  # files that the branch changed, and that are not taken from it


def gather(root: Path, folder: Path, content: Collection[str], branch: str | None = None) -> Gathered:
    """Copy a book's files into an empty folder; with ``branch``, its content as it is there.

    Links are left out, and so is what git ignores: builds, environments, stores. The content of a branch is read
    from git's objects: no attribute, filter or hook is followed.

    Args:
        root: the book, whose configuration is trusted.
        folder: where to.
        content: files and folders at the book's root that are pages and records, and no code.
        branch: a branch, a tag or a commit; by default the files are taken as they are.

    Raises:
        UnknownBranchError: git does not know it, or it is too large.
    """
    taken = set(content) if branch is not None else set()
    for name in _files(root):
        if PurePosixPath(name).parts[0] not in taken:
            _put(folder, name, (root / name).read_bytes())
    if branch is None:
        made = commit_date(root)
        return Gathered("", "" if made is None else str(made))
    try:
        commit = Commit(root, branch)
    except RevisionError:
        raise UnknownBranchError(f"git knows no branch, tag or commit '{branch}' here; fetch it first") from None
    _put_all(folder, commit, [name for place in taken for name in commit.names(place)])
    links = [name for place in taken for name in commit.no_files(place)]
    changed = changed_files(root, _begun(root, commit.commit), commit.commit)
    unused = [name for _, name in changed if PurePosixPath(name).parts[0] not in taken]
    return Gathered(commit.commit, commit.date, sorted({*unused, *links}))


def _begun(root: Path, commit: str) -> str:
    """Return where a branch left what is checked out; where the two have nothing in common that itself."""
    try:
        return merge_base(root, "HEAD", commit)
    except RevisionError:
        return "HEAD"


def unpack(root: Path, folder: Path, commit: str) -> Gathered:
    """Put all files of a commit into an empty folder, as git has them; links are left out, and told as unused.

    Args:
        root: the book, in a repository that has the commit.
        folder: where to.
        commit: its full name.

    Raises:
        UnknownBranchError: git does not know it, or it is too large.
    """
    try:
        found = Commit(root, commit)
    except RevisionError:
        raise UnknownBranchError(f"git knows no commit {commit} here; fetch it first") from None
    _put_all(folder, found, found.names())
    return Gathered(found.commit, found.date, found.no_files())


def _put_all(folder: Path, commit: Commit, names: list[str]) -> None:
    if (size := commit.size(names)) > _MOST:
        raise UnknownBranchError(f"its files take {size / 1e6:.0f} MB, more than {_MOST / 1e6:.0f} MB")
    for name, data in commit.contents(names):
        _put(folder, name, data)


def _files(root: Path) -> Iterator[str]:
    """Yield the book's own files: those that git knows or would, elsewhere all that are not hidden."""
    package = Path(exegesis.__file__).parent
    try:
        listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", told="")
    except RevisionError:
        listed = b""
    names = listed.decode("utf-8", "surrogateescape").split("\0") if listed else _walk(root)
    for name in sorted(set(names)):
        path = root / name
        inner = package not in path.parents and not name.startswith("_build/")
        if name and inner and path.is_file() and not path.is_symlink() and path.resolve() == root.resolve() / name:
            yield name


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        inner = [name for name in folders if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()]
        folders[:] = inner
        yield from (Path(folder, name).relative_to(root).as_posix() for name in files if not name.startswith("."))


def _put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
