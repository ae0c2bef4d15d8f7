"""``exegesis review`` and ``exegesis diff``: what a branch makes of a chapter, or of the book, and what it weakens."""

from __future__ import annotations

import json
import secrets
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from exegesis.catalogue.doubted import doubted_in
from exegesis.command.check import annotation
from exegesis.command.numbers import run_apart, run_here
from exegesis.command.project import CONF, Project, UsageError
from exegesis.command.sandboxed import Say, copied
from exegesis.contents import NAME as TOC
from exegesis.fault import Fault, Kind
from exegesis.history import Commit, RevisionError, merge_base
from exegesis.kernel.environment import set_environment
from exegesis.review.book import CONFIGURATION, Side, compare_books, compare_chapter, path_before, read_side, unreadable
from exegesis.review.compare import Compared
from exegesis.review.files import Files, Folder
from exegesis.review.judging import judged
from exegesis.review.page import page
from exegesis.review.ran import Ran
from exegesis.review.report import Diff, Number, Review, as_data, changed_numbers, diff_data
from exegesis.review.running import run_before, run_chapter
from exegesis.review.settling import CODE
from exegesis.review.state import State
from exegesis.review.telling import told, told_of_book
from exegesis.review.weakening import Weakening
from exegesis.text import UnreadableError, printable

#: What chapters are held against where nothing is named: the first that there is.
MAIN = ("main", "origin/main", "master", "origin/master")


def review(
    project: Project,
    slug: str,
    against: str = "",
    *,
    both: bool = False,
    doubt: bool = False,
    jobs: int | None = None,
) -> Review:
    """Run a chapter by itself and compare it with what it was.

    Args:
        project: the book.
        slug: the chapter's.
        against: the branch or commit with which it is compared; by default main.
        both: whether it is run as it was, too.
        doubt: whether seeds and changes are computed anew, and not read from the evidence file.
        jobs: how many of these at a time.

    Raises:
        UsageError: there is no such chapter or commit, or nothing can be run.
    """
    sides = _sides(project.root, against)

    def run_as_it_was(state: State) -> Ran:
        return run_before(state, sides.before.files, project.limits(), project.kernel_environment())

    found = _review(project, slug, sides, run_here, run_as_it_was if both else None)
    if doubt:
        from exegesis.command.doubt import computed

        _doubt(found, slug, computed(project, slug, jobs))
    return found


def review_apart(
    project: Project,
    slug: str,
    against: str,
    tell: Say,
    *,
    branch: str | None = None,
    both: bool = False,
    doubt: bool = False,
    jobs: int | None = None,
) -> Review:
    """Review a chapter that somebody else wrote: it is run in a sandbox, and judged here.

    Args:
        project: the book.
        slug: the chapter's.
        against: the branch or commit with which it is compared; by default main.
        tell: told of what the branch changes and does not get.
        branch: a branch, a tag or a commit, which need not be checked out; by default what is in the folder.
        both: whether it is run as it was, too; in a sandbox, for ``against`` may be a stranger's as well.
        doubt: whether seeds and changes are computed anew, there too, with the branch's tests.
        jobs: how many of these at a time.

    Raises:
        UsageError: there is no such chapter or commit, or no sandbox.
    """
    risk = "or take the risk: check it out, and leave --sandbox out"
    with copied(project, branch, tell, tests=doubt, risk=risk) as copy:
        sides = _sides(project.root, against, branch or "")

        def run(book: Project, path: Path, text: str) -> Ran:
            return run_apart(copy, path.stem)

        def run_as_it_was(state: State) -> Ran:
            with copied(project, sides.commit, lambda line: None) as former:
                return run_apart(former, Path(state.name).stem)

        found = _review(copy.project, slug, sides, run, run_as_it_was if both else None)
        if doubt:
            from exegesis.command.doubt import computed_apart

            _doubt(found, slug, computed_apart(copy, slug, jobs))
    found.compared.notes.append("it ran in a sandbox: what its cells gave is the branch's own word")
    return found


def _review(
    book: Project,
    slug: str,
    sides: _Sides,
    run: Callable[[Project, Path, str], Ran],
    run_as_it_was: Callable[[State], Ran] | None,
) -> Review:
    path = book.chapters([slug])[slug]
    name = path.relative_to(book.root).as_posix()
    before, now = sides.before, sides.now
    compared = compare_chapter(before, now, slug, path_before(before, now, slug), name)
    state = compared.now
    assert state is not None
    ran = run(book, path, state.text)
    was = run_as_it_was(compared.before) if run_as_it_was and compared.before else None
    claims = judged(state.claims.values(), ran)
    found = Review(sides.against, sides.commit, compared, ran, claims, state.current, before=was)
    catalogue = book.catalogue()
    found.contract = [fault for fault in catalogue.faults if fault.path == name]
    found.contract += book.faults_of_chapters(catalogue, [path])
    return found


def _doubt(found: Review, slug: str, computed: Any) -> None:
    """Put seeds and changes, as they were computed, in the place of what the evidence file says of them.

    Raises:
        UsageError: they have not the form of such a file, as what a stranger's code has printed may.
    """
    state = found.state
    try:
        found.evidence = doubted_in(json.dumps(computed), slug, state.claims.values())
    except UnreadableError as error:
        raise UsageError(f"what was found of changes and seeds has not the form of an evidence file: {error}") from None
    found.computed = True
    if state.current and found.evidence != state.current:
        what = "the evidence file is not what comes out"
        mend = f"run 'exegesis doubt {slug}' and 'exegesis seeds {slug}'; 'exegesis doubt --verify' says where"
        found.contract.append(Fault(state.evidence_file, 1, what, mend, Kind.EVIDENCE.code))


class _Sides(NamedTuple):
    """A book as it was, and as it is."""

    before: Side
    now: Side
    against: str  # by which name
    commit: str  # at which it left that


def _sides(root: Path, against: str, of: str = "") -> _Sides:
    """Read both sides: what it is held against, where it left that, and what is in the folder, or in a commit."""
    try:
        name = against or _main(root)
        commit = merge_base(root, name, of or "HEAD")
        files, now = Commit(root, commit), Commit(root, of) if of else Folder(root)
    except RevisionError as error:
        raise UsageError(str(error)) from None
    try:
        before = read_side(files, root)
    except UnreadableError as error:
        raise UsageError(f"as it was: {unreadable(error)}") from None
    try:
        return _Sides(before, read_side(now, root), name, commit)
    except UnreadableError as error:
        raise UsageError(str(unreadable(error))) from None


def _main(root: Path) -> str:
    wrong = None
    for name in MAIN:
        try:
            merge_base(root, name)
        except RevisionError as error:
            wrong = wrong or error
        else:
            return name
    raise wrong or RevisionError("there is nothing to compare with")


def tell_review(found: Review, *, as_json: bool, html: Path | None, show: bool) -> list[Fault]:
    """Print a review, write its page and open it, as is asked; return what is to be mended."""
    if html:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(found), encoding="utf-8")
    if as_json:
        print(printable(json.dumps(as_data(found), indent=1, ensure_ascii=False, allow_nan=False)))
    else:
        print(printable(told(found)))
        if html:
            print(f"\nThe page is {html}")
    if html and show:
        webbrowser.open(html.resolve().as_uri())
    return found.faults


def diff(root: Path, against: str, *, of: str = "", run: bool = False, claims: Sequence[Path] = ()) -> Diff:
    """Compare a book with what it was. Nothing of it is run or imported, unless that is asked for.

    Args:
        root: the book's folder.
        against: a branch or commit.
        of: another branch or commit, which then need not be checked out; by default what is in the folder.
        run: whether chapters that differ are run, as they were and as they are, for their numbers.
        claims: files ``claims.json`` of two builds to read the numbers from, the former first.

    Raises:
        UsageError: there is no book, or no such commit, or what is to be run is not checked out.
    """
    if of and run:
        raise UsageError("--run needs the branch in its folder; check it out, or leave --of out")
    if not any((root / name).is_file() for name in (CONFIGURATION, CONF, TOC)):
        raise UsageError(f"there is no {CONFIGURATION} in {root.resolve()}; run this in a book's folder")
    before, now, against, commit = _sides(root.resolve(), against, of)
    found = Diff(against, commit, compare_books(before, now), "run" if run else "claims.json" if claims else "texts")
    if claims:
        old, new = map(_read_claims, claims)
        for each in found.changed.chapters:
            renamed = {now: was for was, now in each.match.renamed}
            found.numbers[each.slug] = changed_numbers(old.get(each.slug, {}), new.get(each.slug, {}), renamed)
    if run:
        project = Project.open(root)
        set_environment(project.root)
        for each in found.changed.chapters:
            if each.before and each.now and each.before.code != each.now.code:
                found.numbers[each.slug] = _numbers(project, each, before.files)
    return found


def _numbers(project: Project, compared: Compared, files: Files) -> list[Number]:
    assert compared.before and compared.now
    environment, limits = project.kernel_environment(), project.limits()
    old = run_before(compared.before, files, limits, environment)
    new = run_chapter(project.root / compared.now.name, compared.now.text, limits, environment)
    renamed = {now: was for was, now in compared.match.renamed}
    for which, ran in (("as it was", old), ("as it is", new)):
        if ran.failure:
            compared.notes.append(f"{which}, it does not run: line {ran.failure.line}: {ran.failure.what}")
    return changed_numbers(old.values, new.values, renamed)


def _read_claims(path: Path) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Return the numbers that a build's ``claims.json`` has: by chapter, claim and name."""
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, dict[str, dict[str, float]]] = {}
        for claim in told["claims"]:
            numbers = {check["name"] or "": check["computed"] for check in claim["checks"]}
            found.setdefault(claim["summary"] or "", {})[claim["id"]] = numbers
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{path} is no claims.json of a build: {error}") from None
    return found


def tell_diff(found: Diff, *, as_json: bool, form: str) -> list[Fault]:
    """Print what became of a book; return what fails. As ``github`` beside the lines of a pull request."""
    if as_json:
        print(printable(json.dumps(diff_data(found), indent=1, ensure_ascii=False, allow_nan=False)))
        return found.faults
    with _unheard() if form == "github" else nullcontext():
        print(printable(told_of_book(found)))
    if form == "github":
        for each in found.weakenings:
            if each.reason is not None:
                print(annotation(_acknowledged(each), "notice"))
    return found.faults


def _acknowledged(weakening: Weakening) -> Fault:
    return Fault(weakening.file, weakening.line, weakening.told, f"acknowledged: {weakening.reason}", CODE)


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep a workflow from taking what a stranger's branch says for commands."""
    word = secrets.token_hex(16)
    print(f"::stop-commands::{word}")
    yield
    print(f"::{word}::")
