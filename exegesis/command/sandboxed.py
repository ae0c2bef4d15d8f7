"""A command on a stranger's branch, in a sandbox: this package reads its pages, by this book's configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import exegesis
from exegesis.command.project import Project, UsageError
from exegesis.contents import NAME as TOC
from exegesis.fault import PACKAGE
from exegesis.manifest import PDFS
from exegesis.revision import VARIABLE
from exegesis.sandbox import BOOK, Bounds, Ended, NoSandboxError, UnknownBranchError, find, gather, inside, unpack

Say = Callable[[str], None]
#: Of the package, and not in its repository: see ``hatch_build.py``.
VENDOR = Path("sphinxext", "vendor")
TESTS = "tests"  # the folder of a book's tests
_RISK = "or take the risk, with --without-sandbox"


@dataclass(frozen=True)
class Copy:
    """A copy of the book, perhaps with the pages and records of a branch: what is run on it is run in a sandbox."""

    original: Project
    root: Path
    variables: dict[str, str]  # for what is run there: of the commit
    walls: bool

    @property
    def project(self) -> Project:
        """The copy as a book; its configuration is the original's.

        Raises:
            UsageError: it has no table of contents.
        """
        return Project.open(self.root)

    def run(self, arguments: Sequence[str], say: Say, tell: Say, *, give: str = "", into: Path | None = None) -> Ended:
        """Run ``exegesis ARGUMENTS`` there.

        What ``into`` gets, and what is said, was written by whoever wrote the branch: it is to be looked at, and
        nothing of it is a result of this book.

        Args:
            arguments: a command and its options.
            say: told of each line that it prints.
            tell: ... and of what it prints to stderr.
            give: what of the copy's ``_build`` is given back if it ends with 0.
            into: where to; it is made anew.
        """
        command = [sys.executable, "-P", "-m", "exegesis.command.cli", *arguments]
        if not self.walls:
            return _plainly(command, self.root, give, into, self.variables)
        return inside(
            command,
            self.root,
            lambda line: say(_placed(line, give, into)),
            tell=lambda line: tell(_placed(line, give, into)),
            give=give,
            into=into,
            bounds=_bounds(self.original),
            environment=self.variables,
        )


@contextmanager
def copied(
    project: Project, branch: str | None, tell: Say, *, tests: bool = False, walls: bool = True, risk: str = ""
) -> Iterator[Copy]:
    """Copy the book, or the book as it is on a branch, for as long as it is needed.

    Args:
        project: the book, whose configuration, package and tests are trusted.
        branch: a branch, a tag or a commit.
        tell: told of what the branch changes and does not get.
        tests: whether the copy has the branch's tests too, by which a chapter is doubted.
        walls: False for no sandbox: what the branch has runs as whoever called this.
        risk: how one does without a sandbox, for whoever has none.

    Raises:
        UsageError: there is no such branch, or no sandbox.
    """
    with _folder(walls, risk) as book:
        gathered = gather(project.root, book, content(project) | ({TESTS} if tests else set()), branch)
        for name in gathered.unused:
            tell(f"{name} was changed on {branch}, and is not taken from it: this book's own is used")
        date = os.environ.get("SOURCE_DATE_EPOCH", gathered.date)
        yield Copy(project, book, {"SOURCE_DATE_EPOCH": date} if date else {}, walls)


def rebuild(
    project: Project,
    commit: str,
    options: Sequence[str],
    say: Say,
    *,
    into: Path,
    date: str | None = None,
    pdfs: Sequence[str] = (),
    walls: bool = True,
) -> Ended:
    """Build a commit as a clean checkout of it would be: its pages, its configuration, and its package if it has one.

    What its package does not have in the repository, KaTeX and the editor, is this one's.

    Args:
        project: the book, in whose repository the commit is; it says how much the build may use.
        commit: its full name.
        options: of ``exegesis build``.
        say: told of each line that the build prints, and of what is not taken.
        into: where the site is put if there is one.
        date: SOURCE_DATE_EPOCH; by default the commit's date.
        pdfs: the names of those that stand beside its pages.
        walls: False for no sandbox: what the commit has runs as whoever called this.

    Raises:
        UsageError: there is no such commit, or no sandbox.
    """
    with _folder(walls, _RISK) as book:
        gathered = unpack(project.root, book, commit)
        for name in gathered.unused:
            say(f"{name} is a link, or another repository, and is not taken")
        variables = {"SOURCE_DATE_EPOCH": date or gathered.date, VARIABLE: f"{commit} {gathered.date}"}
        variables[PDFS] = ",".join(pdfs)
        if (book / PACKAGE / "command" / "cli.py").is_file():
            ours, own = Path(exegesis.__file__).parent / VENDOR, shutil.ignore_patterns("*.py", "__pycache__")
            shutil.copytree(ours, book / PACKAGE / VENDOR, ignore=own, dirs_exist_ok=True)
            variables["PYTHONPATH"] = str(BOOK if walls else book)
        return Copy(project, book, variables, walls).run(["build", *options], say, say, give="html", into=into)


@contextmanager
def _folder(walls: bool, risk: str) -> Iterator[Path]:
    """Give an empty folder for a copy, which is gone at the end.

    Raises:
        UsageError: what is asked for within can't be copied, or there is no sandbox.
    """
    try:
        if walls:
            find()  # before anything is copied
        with TemporaryDirectory(prefix="exegesis-", ignore_cleanup_errors=True) as folder:
            yield Path(folder).resolve()
    except NoSandboxError as error:
        raise UsageError(f"{error}; {risk}") from None
    except UnknownBranchError as error:
        raise UsageError(str(error)) from None


def build_apart(
    project: Project,
    slug: str | None,
    options: Sequence[str],
    say: Say,
    tell: Say,
    *,
    branch: str | None = None,
    walls: bool = True,
) -> int | None:
    """Build a copy of the book, or a chapter of it, into ``_build/sandbox``.

    Returns:
        The status of the build; None where it came to no end of its own, or to no site, which is told.
    """
    into, given = project.build / "sandbox", "preview" if slug else "html"
    with copied(project, branch, tell, walls=walls, risk=_RISK) as copy:
        ended = copy.run(["build", *options, *([slug] if slug else [])], say, tell, give=given, into=into)
    if ended.given:
        say("It was written by what ran there: look at it as at any stranger's page")
    elif told := why(ended) or ("" if ended.status else "what came out of the sandbox is no site"):
        tell(f"exegesis: {told}")
        return None
    return ended.status


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


def _bounds(project: Project) -> Bounds:
    """Let all chapters at once have what each of them may have."""
    limits, kernels = project.limits(), (os.cpu_count() or 1) + 2
    return Bounds(memory=4000 + kernels * limits.memory, seconds=600 + len(project.pages()) * limits.seconds)


def _placed(line: str, give: str, into: Path | None) -> str:
    return line.replace(f"{BOOK}/_build/{give}", str(into)) if into else line


def _plainly(command: list[str], book: Path, give: str, into: Path | None, variables: dict[str, str]) -> Ended:
    status = subprocess.run(command, cwd=book, env={**os.environ, **variables}, check=False).returncode
    made = book / "_build" / give
    if status or into is None or not made.is_dir():
        return Ended(status)
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(made, into, symlinks=True)
    return Ended(status, given=True)
