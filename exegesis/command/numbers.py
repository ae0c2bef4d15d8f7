"""``exegesis numbers``: what a chapter's cells give, beside what the chapter says; no page is built."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from exegesis.catalogue import Catalogue
from exegesis.command.project import Project, UsageError
from exegesis.command.sandboxed import Copy, why
from exegesis.contract import check_chapter
from exegesis.execution.failure import Failure
from exegesis.fault import Fault
from exegesis.kernel.environment import set_environment
from exegesis.review.files import Folder
from exegesis.review.judging import judged
from exegesis.review.ran import Ran, read_ran
from exegesis.review.report import Numbers, numbers_data
from exegesis.review.running import run_chapter
from exegesis.review.state import read_state
from exegesis.review.telling import told_numbers

#: The rules by which claims, and numbers in the text, have cells.
_RULES = ("claim", "value")


def numbers(project: Project, slug: str) -> Numbers:
    """Run a chapter by itself, in a fresh kernel, and hold what it gives against what it says.

    Raises:
        UsageError: there is no such chapter, or it can't be run.
    """
    path = project.chapters([slug])[slug]
    state = read_state(Folder(project.root), project.layout, path.relative_to(project.root).as_posix())
    ran = run_here(project, path, state.text)
    contract = check_chapter(project.contract(Catalogue()), path, state.text, codes=_RULES)
    return Numbers(state, ran, judged(state.claims.values(), ran), contract)


def run_here(project: Project, path: Path, text: str) -> Ran:
    """Run a chapter of a book on this machine, with its limits and what its kernels get.

    Raises:
        UsageError: it is no notebook.
    """
    set_environment(project.root)
    try:
        return run_chapter(path, text, project.limits(), project.kernel_environment(), project.options["uses"])
    except Exception as error:  # MyST-NB raises several kinds for what is no notebook
        raise UsageError(f"{path.relative_to(project.root).as_posix()} can't be run: {error}") from None


def run_apart(copy: Copy, slug: str) -> Ran:
    """Run a chapter of a copy of the book in its sandbox; where no result comes out of that, it is a failure."""
    printed: list[str] = []
    told: list[str] = []
    ended = copy.run(["numbers", slug, "--json"], printed.append, told.append)
    if stopped := why(ended):
        return Ran(0.0, Failure(1, stopped))
    try:
        return read_ran("".join(printed))
    except ValueError as error:
        what = told[-1] if told else str(error)
        return Ran(0.0, Failure(1, f"nothing came out of the sandbox that says how it ran: {what}"))


def tell_numbers(found: Numbers, *, as_json: bool) -> list[Fault]:
    """Print what came out; return what is to be mended."""
    if as_json:
        print(json.dumps(numbers_data(found), indent=1, allow_nan=False))
    else:
        print(told_numbers(found))
        if found.ran.failure and found.ran.failure.traceback:
            print(f"\n{found.ran.failure.traceback}", file=sys.stderr)
    return found.faults
