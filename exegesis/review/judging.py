"""Holding the numbers of a run against what a chapter says: its claims, and the numbers in its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exegesis.catalogue import CheckError, Declared, Standing, Verdict
from exegesis.catalogue.written import ROLE, Written, read_written
from exegesis.fault import Fault, Kind

from .ran import Ran
from .state import State


@dataclass(frozen=True)
class Judged:
    """A claim and what came out."""

    claim: Declared
    standing: Standing
    verdicts: tuple[Verdict, ...] = ()  # of its checks, then of what does not reproduce
    wrong: str = ""  # what does not hold, in words


@dataclass(frozen=True)
class Tied:
    """A number in the text that is a cell's, and what came out."""

    line: int
    written: Written
    wrong: str = ""  # why it is not what the cell gives, and what to write


def judged(claims: Iterable[Declared], ran: Ran) -> list[Judged]:
    """Hold the numbers of a run against a chapter's claims."""
    return [_judge(claim, ran) for claim in claims]


def _judge(claim: Declared, ran: Ran) -> Judged:
    if not claim.checks:
        return Judged(claim, Standing.UNCHECKED)
    values = ran.values.get(claim.id)
    if values is None and ran.failure:
        return Judged(claim, Standing.UNCHECKED, wrong="the chapter did not run to its end")
    if values is None:
        return Judged(claim, Standing.FAILS, wrong=ran.wrong.get(claim.id, "no cell that ran bears its name"))
    try:
        checks = tuple(check.judge(values) for check in claim.checks)
        denied = tuple(check.judge(values) for check in (claim.limits.checks if claim.limits else ()))
        said = claim.said is not None and claim.said.passes(values)
    except CheckError as error:
        return Judged(claim, Standing.FAILS, wrong=str(error))
    failing = [f"'{each.check}' does not hold: {each.shown}" for each in (*checks, *denied) if not each.holds]
    failing += [f"what is said ({claim.said.text}) passes too"] if said and claim.said else []
    standing = Standing.FAILS if failing else Standing.IN_PART if denied else Standing.HOLDS
    return Judged(claim, standing, checks + denied, "; ".join(failing))


def tied(state: State, ran: Ran) -> list[Tied]:
    """Return the numbers in a chapter's text that are those of cells which ran."""
    found = []
    for role in ROLE.finditer(state.text):
        line = state.text.count("\n", 0, role.start()) + 1
        try:
            written = read_written(role["content"])
        except CheckError:  # the contract tells it
            continue
        if written.cell not in ran.values:
            continue
        try:
            written.check(ran.values[written.cell])
        except CheckError as error:
            found.append(Tied(line, written, str(error)))
        else:
            found.append(Tied(line, written))
    return found


def verdict(ran: Ran, claims: Iterable[Judged]) -> str:
    """Return what a run came to: the weakest standing of its claims."""
    if ran.failure:
        return "does not run"
    standings = {each.standing for each in claims}
    order = (Standing.FAILS, Standing.IN_PART, Standing.HOLDS)
    return next((each.value for each in order if each in standings), "has nothing that is checked")


def faults_of_run(state: State, ran: Ran, claims: Sequence[Judged]) -> list[Fault]:
    """Return what a run shows to be wrong in a chapter."""
    found = [
        Fault(
            state.name, each.claim.line, f"claim '{each.claim.id}': {each.wrong}", "mend the chapter", Kind.CLAIM.code
        )
        for each in claims
        if each.standing is Standing.FAILS
    ]
    found += [each.fault(state.name) for each in ([ran.failure] if ran.failure else ran.uses)]
    for each in tied(state, ran):
        if each.wrong:
            what, _, mend = each.wrong.partition("; ")
            found.append(Fault(state.name, each.line, what, mend, Kind.VALUE.code))
    return found
