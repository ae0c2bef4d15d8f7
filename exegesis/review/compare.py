"""A chapter beside what it was: claims gained, lost and weakened, and what of that its author acknowledges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exegesis.fault import Fault

from . import around, claims, oracles
from .matching import Match, match
from .settling import settle
from .state import State
from .values import constant_functions
from .weakening import GONE, Kind, Weakening


@dataclass
class Compared:
    """What became of a chapter."""

    slug: str
    before: State | None  # None of a new one
    now: State | None  # None of one that is gone
    match: Match = field(default_factory=lambda: Match([], [], []))
    weakenings: list[Weakening] = field(default_factory=list)  # by line
    faults: list[Fault] = field(default_factory=list)  # why it can't be compared, or an acknowledgement is none
    notes: list[str] = field(default_factory=list)  # what a reviewer should know, and no fault

    @property
    def status(self) -> str:
        """One of new, gone, renamed, changed, same."""
        if self.before is None or self.now is None:
            return "new" if self.before is None else "gone"
        if self.before.name != self.now.name:
            return "renamed"
        same = self.before.text == self.now.text and self.before.tests == self.now.tests
        return "same" if same and self.before.evidence == self.now.evidence else "changed"

    @property
    def unacknowledged(self) -> list[Weakening]:
        """The weakenings that nobody stands by."""
        return [each for each in self.weakenings if each.reason is None]


def compare(slug: str, before: State | None, now: State | None) -> Compared:
    """Compare two states of a chapter, of which one may not be there."""
    found = Compared(slug, before, now)
    if now is None:
        found.match = Match([], list(before.claims.values()) if before else [], [])
        return found
    known = {(fault.path, fault.what) for fault in before.faults} if before else set()
    found.faults += [fault for fault in now.faults if (fault.path, fault.what) not in known]
    if before is not None:
        found.notes += [f"of what it was: {fault}" for fault in before.faults]
        found.match = match(before, now)
        found.weakenings = _weakenings(found.match, before, now)
    else:
        found.match = Match([], [], list(now.claims.values()))
    settled = settle(found.weakenings, before.acknowledged if before else [], now.acknowledged, now.name)
    found.weakenings = settled.weakenings
    found.faults += settled.faults
    found.notes += settled.notes
    if now.evidence and not now.current:
        found.notes.append(f"{now.evidence_file} is about other code; run 'exegesis doubt {slug}' and 'seeds {slug}'")
    found.notes += _changed_seeds(before, now)
    return found


def _weakenings(found: Match, before: State, now: State) -> list[Weakening]:
    weaker: list[Weakening] = []
    for old, new in found.pairs:
        weaker += claims.weakened(old, new, before, now)
    unreadable = {fault.line for fault in now.faults}
    if not unreadable:  # else it may be the one that can't be read
        weaker += [Weakening(Kind.CLAIM, claim.id, GONE, now.name, _near(claim.line, now)) for claim in found.lost]
    for name, line in constant_functions(now).items():
        if name not in constant_functions(before) and name in oracles.definitions(before):
            weaker.append(Weakening(Kind.VALUE, name, "a function that gives typed-in numbers alone", now.name, line))
    weaker += around.silenced(before.chapter, now.chapter)
    weaker += around.excused(before.chapter, now.chapter)
    weaker += around.untied(before.chapter, now.chapter)
    weaker += around.less_sure([(old.id, new.id) for old, new in found.pairs], before, now)
    weaker += oracles.weakened(before, now)
    return sorted(dict.fromkeys(weaker), key=lambda each: (each.file != now.name, each.file, each.line))


def _near(line: int, state: State) -> int:
    return min(line, max(len(state.text.splitlines()), 1))


def _changed_seeds(before: State | None, now: State) -> Iterator[str]:
    """Yield the seeds that stand in the code and are others than before."""
    if before is None:
        return
    old, new = around.seeds(before.chapter), around.seeds(now.chapter)
    if len(old) == len(new):
        pairs = zip(old, new, strict=True)
        yield from (f"a seed was changed: {was} -> {became}" for was, became in pairs if was != became)
    elif old != new:
        yield f"the seeds were changed: {', '.join(old) or 'none'} -> {', '.join(new) or 'none'}"
