"""Trying changes to a chapter's code: what a check notices, what an oracle test, and what nobody."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from exegesis.catalogue import CheckError
from exegesis.doubt.book import Book, DoubtError
from exegesis.doubt.changes import Change, changes_of
from exegesis.doubt.kinds import Kinds
from exegesis.doubt.process import LostError, Process
from exegesis.doubt.reach import modules_of, reaching
from exegesis.doubt.sample import OF_FUNCTION, of_functions, sample
from exegesis.doubt.subject import Chapter, notices
from exegesis.doubt.unchanged import begin
from exegesis.slicing.needed import Needed

Progress = Callable[[str, int, int], None]  # what is done, how many of how many

# What became of a change, the first that fits.
CHECKS, ELSEWHERE, ORACLE, EXCEPTIONS, UNNOTICED = "checks", "elsewhere", "oracle", "exceptions", "unnoticed"


@dataclass
class Trial:
    """A change, and what became of it."""

    change: Change
    claims: list[str]  # that depend on what it changes
    noticed: set[str] = field(default_factory=set)  # claims of which a check does not hold
    failed: set[str] = field(default_factory=set)  # claims whose value was not reached, or can't be read
    oracle: str = ""  # of its function's tests: noticed, exception or passes; empty where they were not run

    def outcome(self, claim: str | None = None) -> str:
        """Return what became of it for a claim, or for any: an exception for all of them is one."""
        if claim in self.noticed or (claim is None and self.noticed):
            return CHECKS
        if self.noticed:
            return ELSEWHERE
        if self.oracle == "noticed":
            return ORACLE
        concerned = {claim} if claim else set(self.claims)
        if (concerned and concerned <= self.failed) or self.oracle == "exception":
            return EXCEPTIONS
        return UNNOTICED

    @property
    def unnoticed(self) -> list[str]:
        """The claims for which nobody noticed it."""
        return [claim for claim in self.claims if self.outcome(claim) == UNNOTICED]


@dataclass
class Doubt:
    """What came out for a chapter."""

    chapter: Chapter
    sampled: bool
    possible: int  # changes that there are
    trials: list[Trial]
    functions: dict[str, list[Trial]]  # whose oracle tests were run; of a function that no test reaches, not

    @property
    def survivors(self) -> list[Trial]:
        """Those that nobody noticed, for one claim at least."""
        return [trial for trial in self.trials if trial.unnoticed or trial.outcome() == UNNOTICED]

    def accepted(self, trial: Trial) -> str | None:
        """Return why nobody need notice a change, as one of the claims says for which nobody did."""
        reasons = (self.chapter.claims[name].accepted(trial.change.statement) for name in trial.unnoticed)
        return next(filter(None, reasons), None)

    def evidence(self) -> dict[str, Any]:
        """Return this command's part of the evidence file."""
        wiring = [trial for trial in self.trials if trial.change.wiring and trial.claims]
        return {
            "chapter": self.chapter.slug,
            "code": self.chapter.digest,
            "doubt": {"sampled": self.sampled, "wiring": tally(wiring)},
            "claims": {
                name: {"changes": tally([trial for trial in self.trials if name in trial.claims], name)}
                for name in self.chapter.claims
            },
            "functions": {name: _noticed(trials) for name, trials in self.functions.items()},
            "survivors": [_survivor(trial) for trial in self.survivors],
        }


def tally(trials: Sequence[Trial], claim: str | None = None) -> dict[str, int]:
    """Count changes by what became of them, for a claim or for any."""
    outcomes = [trial.outcome(claim) for trial in trials]
    names = (CHECKS, ELSEWHERE, ORACLE, EXCEPTIONS, UNNOTICED) if claim else (CHECKS, ORACLE, EXCEPTIONS, UNNOTICED)
    return {"tried": len(trials), **{name: outcomes.count(name) for name in names}}


def _noticed(trials: list[Trial]) -> dict[str, int]:
    outcomes = [trial.oracle for trial in trials]
    return {"tried": len(trials), "noticed": outcomes.count("noticed"), "exceptions": outcomes.count("exception")}


def _survivor(trial: Trial) -> dict[str, Any]:
    change = trial.change
    return {
        "claims": trial.unnoticed,
        "wiring": change.wiring,
        "kind": change.kind,
        "statement": change.statement,
        "change": f"{change.old} -> {change.new}",
    }


def doubt(book: Book, chapter: Chapter, progress: Progress, everything: bool = False) -> Doubt:
    """Try changes to a chapter.

    Args:
        book: where it is.
        chapter: which.
        progress: is told how far it has come.
        everything: try all changes that there are, and not a sample.

    Raises:
        DoubtError: it does not run, or does not hold unchanged.
    """
    needed = needed_of(chapter)
    with begin(book, chapter) as (process, first):
        changes = changes_of([cell.source for cell in chapter.cells], needed.trees, Kinds(first["kinds"]))
        chosen, tested = _choose(changes, needed.slices, chapter.slug, everything)
        trials = {change: _trial(change, chapter, needed.slices) for change in chosen}
        run = [trial for trial in trials.values() if trial.claims]
        process.send(
            [{"id": i, "cell": t.change.cell, "source": t.change.source} for i, t in enumerate(run)],
        )
        for done, answer in enumerate(process.answers(len(run)), 1):
            _judge(run[answer["id"]], chapter, answer)
            progress("changes", done, len(run))
    functions = {name: [trials[change] for change in those] for name, those in tested.items()}
    _ask_tests(book, chapter, needed, list(trials.values()), functions, progress)
    return Doubt(chapter, not everything, len(changes), [trials[change] for change in sorted(trials)], functions)


def needed_of(chapter: Chapter) -> Needed:
    """Return what of a chapter's code its claims depend on.

    Raises:
        DoubtError: a cell is no Python.
    """
    try:
        return chapter.needed
    except SyntaxError as error:
        raise DoubtError(f"a cell is no plain Python: {error.msg} ({(error.text or '').strip()})") from None


def _choose(
    changes: list[Change], slices: dict[str, set[int]], seed: str, everything: bool
) -> tuple[list[Change], dict[str, list[Change]]]:
    """Return the changes to try, and those of them that tests are to notice, by function."""
    needed = set(chain.from_iterable(slices.values()))
    functions = sorted({change.function for change in changes} - {""})
    chosen = [change for change in changes if change.top in needed]
    if not everything:
        chosen = sample(changes, slices, seed)
    tested = of_functions(chosen, functions, seed)
    more = of_functions(set(changes).difference(chosen), functions, seed)
    tested = {name: [*those, *more[name]][:OF_FUNCTION] for name, those in tested.items()}
    return sorted({*chosen, *chain.from_iterable(tested.values())}), tested


def _trial(change: Change, chapter: Chapter, slices: dict[str, set[int]]) -> Trial:
    return Trial(change, [name for name in chapter.claims if change.top in slices[name]])


def _judge(trial: Trial, chapter: Chapter, answer: dict[str, Any]) -> None:
    for name in trial.claims:
        try:
            if notices(chapter.claims[name], answer["values"][name]):
                trial.noticed.add(name)
        except (KeyError, CheckError):
            trial.failed.add(name)


def _ask_tests(
    book: Book,
    chapter: Chapter,
    needed: Needed,
    trials: list[Trial],
    functions: dict[str, list[Trial]],
    progress: Progress,
) -> None:
    """Run the oracle tests for the functions' share of changes, and for each other that no check noticed."""
    reached: dict[str, list[str]] = {}
    files = modules_of(book.root, chapter.slug)
    for test in files:
        text = test.read_text(encoding="utf-8")
        for name, tests in reaching(text, [node for tree in needed.trees for node in tree.body]).items():
            where = test.relative_to(book.root).as_posix()
            reached.setdefault(name, []).extend(f"{where}::{each}" for each in tests)
    asked = {id(trial): trial for trial in chain.from_iterable(functions.values())}
    asked |= {id(trial): trial for trial in trials if trial.change.function and not trial.noticed | trial.failed}
    run = [trial for trial in asked.values() if reached.get(trial.change.function)]
    if not run:
        return
    if not importlib.util.find_spec("pytest"):
        raise DoubtError("its tests need pytest; install it with: pip install 'exegesis[doubt]'")
    request = {
        "chapter": str(chapter.path),
        "at_once": book.at_once,
        "memory": book.memory,
        "tests": sorted(set(chain.from_iterable(reached.values()))),
        "trials": [
            {
                "id": i,
                "program": chapter.with_cell(trial.change.cell, trial.change.source),
                "tests": reached[trial.change.function],
            }
            for i, trial in enumerate(run)
        ],
    }
    for done, answer in enumerate(_answers(book, request), 1):
        run[answer["id"]].oracle = answer["outcome"]
        progress("oracle tests", done, len(run))


def _answers(book: Book, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        with Process("exegesis.doubt.oracle", book.root, book.environment) as process:
            process.send(request)
            first = process.receive()
            if first["outcome"] != "passes":
                raise DoubtError(f"its tests fail before anything is changed: {first['told']}")
            yield from process.answers(len(request["trials"]))
    except LostError:
        raise DoubtError("the process that runs its tests ended; run them by themselves") from None
