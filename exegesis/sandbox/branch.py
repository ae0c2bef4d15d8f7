"""What of a branch goes in: its pages and records, as data; all else is that of whoever looks at it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import exegesis

_MOST = 500_000_000  # bytes
_FILE = ("100644", "100755")  # git's modes: no links, no other repositories


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
        return Gathered("", _git(root, "log", "-1", "--format=%ct", missing=""))
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{branch}^{{commit}}", missing="")
    if not commit:
        raise UnknownBranchError(f"git knows no branch, tag or commit '{branch}' here; fetch it first")
    files, links = _entries(root, commit, taken)
    for name, data in _blobs(root, files):
        _put(folder, name, data)
    begun = _git(root, "merge-base", "HEAD", commit, missing="HEAD")
    changed = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", begun, commit).split("\0")
    unused = [name for name in changed if name and PurePosixPath(name).parts[0] not in taken]
    return Gathered(commit, _git(root, "log", "-1", "--format=%ct", commit), sorted({*unused, *links}))


def _files(root: Path) -> Iterator[str]:
    """Yield the book's own files: those that git knows or would, elsewhere all that are not hidden."""
    package = Path(exegesis.__file__).parent
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", missing="\0")
    names = listed.split("\0") if listed.strip("\0") else _walk(root)
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


def _entries(root: Path, commit: str, taken: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return the files of a commit below the book's root that are to be taken, with their digests; and its links."""
    files, links, size = {}, [], 0
    for entry in filter(None, _git(root, "ls-tree", "-r", "-z", "--long", commit).split("\0")):
        what, name = entry.split("\t", 1)
        mode, _, digest, length = what.split()
        parts = PurePosixPath(name).parts
        if parts[0] not in taken:
            continue
        if mode not in _FILE or ".." in parts:
            links.append(name)
            continue
        files[name] = digest
        size += int(length)
    if size > _MOST:
        raise UnknownBranchError(f"the branch's files take {size / 1e6:.0f} MB, more than {_MOST / 1e6:.0f} MB")
    return files, links


def _blobs(root: Path, files: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files' contents."""
    command = ["git", "cat-file", "--batch"]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for name, digest in files.items():
            process.stdin.write(f"{digest}\n".encode())
            process.stdin.flush()
            length = int(process.stdout.readline().split()[2])
            yield name, process.stdout.read(length)
            process.stdout.read(1)  # the end of a line
        process.stdin.close()


def _put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _git(root: Path, *arguments: str, missing: str | None = None) -> str:
    """Return what git says, or ``missing`` if it fails."""
    if shutil.which("git") is None:
        ended = None
    else:
        command = ["git", "-c", "core.quotePath=false", *arguments]
        ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, errors="surrogateescape")
    if ended is None or ended.returncode:
        if missing is None:
            raise UnknownBranchError(
                f"git {arguments[0]} fails: {ended.stderr.strip() if ended else 'there is no git'}"
            )
        return missing
    return ended.stdout.strip("\n")
