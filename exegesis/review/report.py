"""What a review found, as data: for programs, and for those who write it down for people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from exegesis.catalogue.checks import shown
from exegesis.catalogue.doubted import Doubted, Evidence
from exegesis.fault import Fault

from .book import Changed
from .compare import Compared
from .judging import Judged, Tied, faults_of_run, tied, verdict
from .ran import Ran, ran_data
from .settling import fault_of
from .state import State
from .weakening import Weakening

_WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True)
class Number:
    """A number of a claim's cell that is another one than before."""

    claim: str
    name: str
    was: float | None
    now: float | None

    def __str__(self) -> str:
        was, now = ("none" if each is None else shown(each) for each in (self.was, self.now))
        return f"{self.claim}{f'.{self.name}' if self.name else ''}: {was} -> {now}"


@dataclass
class Review:
    """All that is told of one chapter."""

    against: str  # as the reviewer named it
    commit: str
    compared: Compared
    ran: Ran
    claims: list[Judged]
    evidence: Evidence | None  # of this code
    computed: bool = False  # whether that was computed for this review
    contract: list[Fault] = field(default_factory=list)
    before: Ran | None = None  # how it ran as it was, if that was asked for

    @property
    def state(self) -> State:
        """The chapter as it is."""
        assert self.compared.now is not None
        return self.compared.now

    @property
    def verdict(self) -> str:
        """What the run came to: the weakest standing of its claims."""
        return verdict(self.ran, self.claims)

    @property
    def faults(self) -> list[Fault]:
        """What has to be mended before the chapter is merged, by line."""
        weaker = [fault_of(each, self.state.name) for each in self.compared.unacknowledged]
        return sorted([*self.others, *weaker])

    @property
    def others(self) -> list[Fault]:
        """The same without what is weaker."""
        found = faults_of_run(self.state, self.ran, self.claims)
        return sorted(dict.fromkeys([*found, *self.contract, *self.compared.faults]))

    @property
    def numbers(self) -> list[Number]:
        """Those that are not what they were; none where it was not run as it was."""
        renamed = {new: old for old, new in self.compared.match.renamed}
        return changed_numbers(self.before.values, self.ran.values, renamed) if self.before else []

    def doubted(self, claim: str) -> Doubted:
        """Return what is known of seeds and changes."""
        return (self.evidence.claims.get(claim) if self.evidence else None) or Doubted()


@dataclass
class Numbers:
    """What one run of a chapter gave, whatever it was before."""

    state: State
    ran: Ran
    claims: list[Judged]
    contract: list[Fault]  # what is wrong with how claims and numbers are written

    @property
    def verdict(self) -> str:
        """What the run came to: the weakest standing of its claims."""
        return verdict(self.ran, self.claims)

    @property
    def tied(self) -> list[Tied]:
        """The numbers in the text that are those of cells."""
        return tied(self.state, self.ran)

    @property
    def faults(self) -> list[Fault]:
        """What has to be mended, by line."""
        return sorted({*faults_of_run(self.state, self.ran, self.claims), *self.contract})


def changed_numbers(
    before: Mapping[str, Mapping[str, float]], now: Mapping[str, Mapping[str, float]], renamed: Mapping[str, str]
) -> list[Number]:
    """Return which numbers of cells differ.

    Args:
        before: by claim, or name of values, the numbers of its cell.
        now: the same.
        renamed: former names of claims by those that they have.
    """
    found = []
    for cell in dict.fromkeys([*now, *(name for name in before if name not in renamed.values())]):
        old, new = before.get(renamed.get(cell, cell), {}), now.get(cell, {})
        for name in dict.fromkeys([*old, *new]):
            was, became = old.get(name), new.get(name)
            if was != became and not (was != was and became != became):  # a nan is none of its kind
                found.append(Number(cell, name, was, became))
    return found


def size_of(state: State) -> dict[str, int]:
    """Return how long a chapter is, and what it has."""
    chapter = state.chapter
    cited = (key.strip() for link in chapter.links if link.kind.startswith("cite") for key in link.target.split(","))
    return {
        "words": sum(len(_WORD.findall(each.text)) for each in chapter.prose),
        "cells": len(chapter.cells),
        "code": sum(bool(line.strip()) for cell in chapter.cells for line in cell.source.splitlines()),
        "figures": len(chapter.drawn) + sum(each.name == "picture" for each in chapter.directives),
        "citations": len(set(cited)),
    }


def lines_of(compared: Compared) -> tuple[int, int]:
    """Return how many lines of a chapter are new, and how many are gone."""
    old, new = ((state.text.splitlines() if state else []) for state in (compared.before, compared.now))
    marks = [line[:1] for line in difflib.unified_diff(old, new, n=0, lineterm="")][2:]
    return marks.count("+"), marks.count("-")


def as_data(review: Review) -> dict[str, Any]:
    """Return a review as JSON has it: see ``schemas/review.schema.json``."""
    return {
        **compared_data(review.compared),
        "against": {"name": review.against, "commit": review.commit},
        "verdict": review.verdict,
        "run": {
            "seconds": round(review.ran.seconds, 3),
            "cells": [asdict(each) for each in review.ran.costs],
        },
        "claims": [_claim(each, review) for each in review.claims],
        "evidence": _evidence(review),
        "numbers": None if review.before is None else [asdict(each) for each in review.numbers],
        "size": size_of(review.state),
        "faults": [asdict(each) for each in review.faults],
    }


def _evidence(review: Review) -> str:
    if review.computed:
        return "computed"
    return "file" if review.evidence else "out of date" if review.state.evidence else "none"


def _claim(judged: Judged, review: Review) -> dict[str, Any]:
    known = review.doubted(judged.claim.id)
    return {
        **_judged(judged),
        "seeds": {"tried": known.seeds.tried, "held": known.seeds.held} if known.seeds else None,
        "changes": {"tried": known.changes.tried, "noticed": known.changes.noticed} if known.changes else None,
    }


def _judged(judged: Judged) -> dict[str, Any]:
    claim = judged.claim
    return {
        "id": claim.id,
        "line": claim.line,
        "evidence": claim.evidence.value if claim.evidence else None,
        "source": claim.source,
        "said": claim.said.text if claim.said else None,
        "standing": judged.standing.value,
        "checks": [
            {"check": str(each.check), "computed": finite(each.computed), "shown": each.shown, "holds": each.holds}
            for each in judged.verdicts
        ],
    }


def numbers_data(numbers: Numbers) -> dict[str, Any]:
    """Return what a run gave as JSON has it: see ``schemas/numbers.schema.json``."""
    return {
        "chapter": numbers.state.chapter.slug,
        "file": numbers.state.name,
        "verdict": numbers.verdict,
        "claims": [_judged(each) for each in numbers.claims],
        "text": [
            {
                "line": each.line,
                "written": each.written.text,
                "cell": each.written.cell,
                "name": each.written.name,
                "wrong": each.wrong or None,
            }
            for each in numbers.tied
        ],
        "ran": ran_data(numbers.ran),
        "faults": [asdict(each) for each in numbers.faults],
    }


def finite(value: float) -> float | None:
    """Return a number that JSON can have; of nan and the infinities None."""
    return value if value - value == 0 else None


def compared_data(compared: Compared) -> dict[str, Any]:
    """Return what became of a chapter, as JSON has it."""
    state = compared.now or compared.before
    more, fewer = lines_of(compared)
    return {
        "chapter": compared.slug,
        "file": state.name if state else "",
        "status": compared.status,
        "lines": {"new": more, "gone": fewer},
        "gained": [claim.id for claim in compared.match.gained],
        "lost": [claim.id for claim in compared.match.lost],
        "renamed": [{"was": was, "now": now} for was, now in compared.match.renamed],
        "weakenings": weakenings_data(compared.weakenings),
        "notes": compared.notes,
    }


def weakenings_data(weakenings: Iterable[Weakening]) -> list[dict[str, Any]]:
    """Return weakenings as JSON has them."""
    return [
        {
            "kind": each.kind.word,
            "claim": each.claim or None,
            "file": each.file,
            "line": each.line,
            "was": each.was,
            "now": each.now,
            "subject": each.subject,
            "acknowledged": each.reason,
        }
        for each in weakenings
    ]


@dataclass
class Diff:
    """All that is told of a book."""

    against: str
    commit: str
    changed: Changed
    source: str  # where its numbers are from: "run", "claims.json", or "texts" alone
    numbers: dict[str, list[Number]] = field(default_factory=dict)  # by slug

    @property
    def weakenings(self) -> list[Weakening]:
        """Those of the book as a whole, then those of its chapters."""
        return [*self.changed.weakenings, *(each for one in self.changed.chapters for each in one.weakenings)]

    @property
    def faults(self) -> list[Fault]:
        """What fails, by file and line."""
        found = [*self.changed.faults, *(fault for each in self.changed.chapters for fault in each.faults)]
        for each in self.changed.chapters:
            file = each.now.name if each.now else ""
            found += [fault_of(weakening, file) for weakening in each.unacknowledged]
        found += [fault_of(each, "_config.yml") for each in self.changed.weakenings if each.reason is None]
        return sorted(dict.fromkeys(found))


def diff_data(diff: Diff) -> dict[str, Any]:
    """Return a comparison of books as JSON has it: see ``schemas/diff.schema.json``."""
    return {
        "against": {"name": diff.against, "commit": diff.commit},
        "chapters": [
            {
                **compared_data(each),
                "numbers": [asdict(number) for number in diff.numbers[each.slug]]
                if each.slug in diff.numbers
                else None,
            }
            for each in diff.changed.chapters
        ],
        "same": diff.changed.same,
        "numbers": diff.source,
        "weakenings": weakenings_data(diff.changed.weakenings),
        "notes": diff.changed.notes,
        "faults": [asdict(each) for each in diff.faults],
    }
