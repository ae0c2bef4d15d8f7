"""A command on a stranger's branch, in a sandbox: this package reads its pages, by this book's configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from exegesis.command.project import Project, UsageError
from exegesis.contents import NAME as TOC
from exegesis.sandbox import BOOK, Bounds, Ended, Gathered, NoSandboxError, UnknownBranchError, find, gather, inside

Say = Callable[[str], None]


def run(
    project: Project,
    arguments: Sequence[str],
    say: Say,
    tell: Say,
    *,
    branch: str | None = None,
    give: str = "",
    into: Path | None = None,
    walls: bool = True,
) -> Ended:
    """Run ``exegesis ARGUMENTS`` on a copy of the book, or of the book as it is on a branch.

    The copy has a store of its own, and is gone at the end. What ``into`` gets was written by whoever wrote the
    branch: it is to be looked at, and nothing of it is a result of this book.

    Args:
        project: the book, whose configuration, package and tests are trusted.
        arguments: a command and its options.
        say: told of each line that it prints.
        tell: ... and of what it prints to stderr, and of what the branch changes and does not get.
        branch: a branch, a tag or a commit.
        give: what of the copy's ``_build`` is given back if it ends with 0.
        into: where to; it is made anew.
        walls: False for no sandbox: what the branch has runs as whoever called this.

    Raises:
        UsageError: there is no such branch, or no sandbox.
    """
    command = [sys.executable, "-P", "-m", "exegesis.command.cli", *arguments]
    try:
        if walls:
            find()  # before anything is copied
        with TemporaryDirectory(prefix="exegesis-", ignore_cleanup_errors=True) as folder:
            book = Path(folder).resolve()
            gathered = gather(project.root, book, content(project), branch)
            for name in gathered.unused:
                tell(f"{name} was changed on {branch}, and is not taken from it: the build uses this book's own")
            dated = _date(gathered)
            if not walls:
                return _plainly(command, book, give, into, dated)
            return inside(
                command,
                book,
                lambda line: say(_placed(line, give, into)),
                tell=lambda line: tell(_placed(line, give, into)),
                give=give,
                into=into,
                bounds=_bounds(project),
                environment=dated,
            )
    except NoSandboxError as error:
        raise UsageError(f"{error}; or take the risk, with --without-sandbox") from None
    except UnknownBranchError as error:
        raise UsageError(str(error)) from None


def content(project: Project) -> set[str]:
    """Return the files and folders at the book's root that are its pages and records, and none of its configuration."""
    layout = project.layout
    names = {
        PurePosixPath(name) for name in (layout.papers, layout.bibliography, layout.keywords, layout.names) if name
    }
    pages = {PurePosixPath(page.relative_to(project.root).as_posix()) for page in project.pages()}
    return {TOC, *(path.parts[0] for path in names | pages)} - {project.configuration}


def why(ended: Ended) -> str:
    """Return what became of a command that did not end by itself as commands do; nothing of one that did."""
    if ended.stopped:
        return f"the sandbox was ended, for it came to {ended.stopped}"
    if ended.status not in (0, 1, 2):
        return f"what ran in the sandbox was ended from within (status {ended.status})"
    return ""


def _date(gathered: Gathered) -> dict[str, str]:
    date = os.environ.get("SOURCE_DATE_EPOCH", gathered.date)
    return {"SOURCE_DATE_EPOCH": date} if date else {}


def _bounds(project: Project) -> Bounds:
    """Let all chapters at once have what each of them may have."""
    limits, kernels = project.limits(), (os.cpu_count() or 1) + 2
    return Bounds(memory=4000 + kernels * limits.memory, seconds=600 + len(project.pages()) * limits.seconds)


def _placed(line: str, give: str, into: Path | None) -> str:
    return line.replace(f"{BOOK}/_build/{give}", str(into)) if into else line


def _plainly(command: list[str], book: Path, give: str, into: Path | None, dated: dict[str, str]) -> Ended:
    status = subprocess.run(command, cwd=book, env={**os.environ, **dated}, check=False).returncode
    made = book / "_build" / give
    if status or into is None or not made.is_dir():
        return Ended(status)
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(made, into, symlinks=True)
    return Ended(status, given=True)
