"""What the evidence files say, as records: by claim the changes that were tried, the seeds, and what survived."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from exegesis.schema import Validator
from exegesis.text import UnreadableError, read_text

from .claims import Declared


@dataclass(frozen=True)
class Changes:
    """How many changes to code were tried, and what became of them."""

    tried: int = 0
    checks: int = 0  # noticed by a check of the claim
    elsewhere: int = 0  # ... by a check of another claim
    oracle: int = 0  # ... by an oracle test
    exceptions: int = 0  # ended in an exception, which is no check
    unnoticed: int = 0
    accepted: int = 0  # of those that nobody noticed: a claim says why

    @property
    def noticed(self) -> int:
        """Those that a check or a test noticed."""
        return self.checks + self.elsewhere + self.oracle

    def __add__(self, other: Changes) -> Changes:
        return Changes(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Seeds:
    """On how many other seeds a claim holds, and on which other kinds of processor."""

    tried: int  # 0 where the chapter draws nothing at random
    held: int
    baselines: dict[str, bool]


@dataclass(frozen=True)
class Survivor:
    """A change that nobody noticed, for one claim at least."""

    claims: tuple[str, ...]  # for which nobody did
    wiring: bool
    kind: str
    statement: str
    change: str
    accepted: str | None = None  # why nobody need, as one of the claims says


@dataclass(frozen=True)
class Doubted:
    """What is known of a claim; of a part that was not tried it is None."""

    changes: Changes | None = None
    seeds: Seeds | None = None
    numbers: dict[str, tuple[float, float, float]] = field(default_factory=dict)  # lowest, median, highest
    survivors: tuple[Survivor, ...] = ()

    @property
    def summary(self) -> str:
        """The two numbers, in a line for readers."""
        parts = []
        if self.seeds and self.seeds.tried:
            parts.append(f"held on {self.seeds.held} of {self.seeds.tried} seeds")
        elif self.seeds:
            parts.append("nothing in it is drawn at random")
        if lost := [name for name, held in (self.seeds.baselines if self.seeds else {}).items() if not held]:
            parts.append(f"does not hold on {' and '.join(lost)}")
        if self.changes and self.changes.tried:
            told = f"{self.changes.noticed} of {self.changes.tried} changes to its code were noticed"
            if self.changes.exceptions:
                told += f", {self.changes.exceptions} more ended in an exception"
            parts.append(told)
        return "; ".join(parts)

    @property
    def held_share(self) -> float | None:
        """The part of the seeds on which it held; None where none was tried."""
        return self.seeds.held / self.seeds.tried if self.seeds and self.seeds.tried else None

    @property
    def noticed_share(self) -> float | None:
        """The part of the changes that was noticed; None where none was tried."""
        return self.changes.noticed / self.changes.tried if self.changes and self.changes.tried else None


@dataclass(frozen=True)
class Evidence:
    """The evidence file of a chapter."""

    code: str  # what it is known by
    parts: tuple[str, ...]  # of "doubt" and "seeds", those that it has; no set, whose order is another in each process
    claims: dict[str, Doubted]
    wiring: Changes  # to how experiments are put together, by whatever noticed them
    functions: tuple[int, int]  # changes tried, and noticed by oracle tests
    survivors: tuple[Survivor, ...]  # all of the chapter's

    @property
    def changes(self) -> Changes:
        """What became of all changes, counted once for each claim whose code they touch."""
        return sum((claim.changes for claim in self.claims.values() if claim.changes), Changes())


#: Files that are kept as they were read last: the live preview reads in advance what it will be asked for.
KEPT = 256


@functools.cache
def _schema() -> Any:
    text = files("exegesis").joinpath("schemas", "evidence.schema.json").read_text("utf-8")
    return Validator(json.loads(text))


def read_doubted(path: Path, claims: Iterable[Declared] = ()) -> Evidence | None:
    """Read a chapter's evidence file; None where there is none.

    Args:
        path: the file.
        claims: of the chapter: they say which changes need not be noticed.

    Raises:
        UnreadableError: it is not as the commands write it.
    """
    try:
        return doubted_in(read_text(path), path.stem, claims)
    except FileNotFoundError:
        return None


def doubted_in(text: str, slug: str, claims: Iterable[Declared] = ()) -> Evidence:
    """Read the text of a chapter's evidence file, as `read_doubted` does.

    Raises:
        UnreadableError: it is not as the commands write it.
    """
    told = _told(text, slug)
    stated = {claim.id: claim for claim in claims}
    survivors = [_survivor(each, stated) for each in told.get("survivors", ())]
    functions = told.get("functions", {}).values()
    return Evidence(
        code=told["code"],
        parts=tuple(part for part in ("doubt", "seeds") if part in told),
        claims={
            name: _doubted(claim, tuple(survivor for survivor in survivors if name in survivor.claims))
            for name, claim in told["claims"].items()
        },
        wiring=_changes(told.get("doubt", {}).get("wiring", {}), [each for each in survivors if each.wiring]),
        functions=(sum(each["tried"] for each in functions), sum(each["noticed"] for each in functions)),
        survivors=tuple(survivors),
    )


@functools.lru_cache(maxsize=KEPT)
def _told(text: str, slug: str) -> Any:
    """Return what a file says, which is not to be changed."""
    again = f"run 'exegesis doubt {slug}' and 'exegesis seeds {slug}' to write it anew"
    try:
        told = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", getattr(error, "line", 1))
        raise UnreadableError(line, "the file is no JSON", again) from None
    if wrong := next(_schema().iter_errors(told), None):
        raise UnreadableError(1, f"'{wrong.json_path}' is not as the commands write it", again)
    return told


def _doubted(told: dict[str, Any], survivors: tuple[Survivor, ...]) -> Doubted:
    return Doubted(
        _changes(told["changes"], survivors) if "changes" in told else None,
        Seeds(told["seeds"]["tried"], told["seeds"]["held"], told["seeds"]["baselines"]) if "seeds" in told else None,
        {name: (each["lowest"], each["median"], each["highest"]) for name, each in told.get("numbers", {}).items()},
        survivors,
    )


def _changes(told: dict[str, int], survivors: Sequence[Survivor]) -> Changes:
    counts = {each.name: told.get(each.name, 0) for each in fields(Changes)}
    return Changes(**counts | {"accepted": sum(survivor.accepted is not None for survivor in survivors)})


def _survivor(told: dict[str, Any], claims: Mapping[str, Declared]) -> Survivor:
    accepted = (claims[name].accepted(told["statement"]) for name in told["claims"] if name in claims)
    why = next((reason for reason in accepted if reason), None)
    return Survivor(tuple(told["claims"]), told["wiring"], told["kind"], told["statement"], told["change"], why)
