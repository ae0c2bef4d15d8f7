"""On how many other seeds the claims of a chapter hold, and on other CPU baselines."""

from __future__ import annotations

import hashlib
import math
import statistics
from dataclasses import dataclass
from typing import Any

from exegesis.catalogue import CheckError, read_values
from exegesis.catalogue.claims import Declared
from exegesis.doubt.book import Book
from exegesis.doubt.doubting import Progress
from exegesis.doubt.subject import Chapter, notices
from exegesis.doubt.unchanged import begin

TRIED, QUICKLY = 20, 3
_DIGITS = 6  # of a number's spread: what a machine's own arithmetic decides is beyond


@dataclass(frozen=True)
class Seeds:
    """What came out for a chapter: by seed, and by baseline, the values of its claims as they print."""

    chapter: Chapter
    random: bool  # whether it has generators at all
    by_seed: list[dict[str, str]]
    by_baseline: dict[str, dict[str, str]]

    def evidence(self) -> dict[str, Any]:
        """Return this command's part of the evidence file."""
        return {
            "chapter": self.chapter.slug,
            "code": self.chapter.digest,
            "seeds": {
                "tried": len(self.by_seed),
                "deterministic": not self.random,
                "baselines": sorted(self.by_baseline),
            },
            "claims": {name: self._of(claim) for name, claim in self.chapter.claims.items()},
        }

    def _of(self, claim: Declared) -> dict[str, Any]:
        held = [_holds(claim, values) for values in self.by_seed]
        on = {name: _holds(claim, values) for name, values in sorted(self.by_baseline.items())}
        numbers = {} if not self.random else {"numbers": _spread([_numbers(claim, v) for v in self.by_seed])}
        return {"seeds": {"tried": len(held), "held": sum(held), "baselines": on}, **numbers}


def _holds(claim: Declared, values: dict[str, str]) -> bool:
    try:
        return claim.id in values and not notices(claim, values[claim.id])
    except CheckError:
        return False


def _numbers(claim: Declared, values: dict[str, str]) -> dict[str, float]:
    try:
        return read_values(values[claim.id])
    except (KeyError, CheckError):
        return {}


def _spread(runs: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return lowest, median and highest of each number; those that are none left out."""
    names = sorted({name for run in runs for name in run})
    spread = {}
    for name in names:
        if found := sorted(run[name] for run in runs if math.isfinite(run.get(name, math.nan))):
            told = {"lowest": found[0], "median": statistics.median(found), "highest": found[-1]}
            spread[name] = {key: float(f"{value:.{_DIGITS}g}") for key, value in told.items()}
    return spread


def shifts(chapter: Chapter, number: int = TRIED) -> list[int]:
    """Return which seeds are tried: they follow from the code, so that nobody chooses them."""
    told = (hashlib.sha256(f"{chapter.digest}:{i}".encode()).digest() for i in range(number))
    return [int.from_bytes(each[:4], "big") for each in told]


def seeds(book: Book, chapter: Chapter, progress: Progress, *, quickly: bool = False) -> Seeds:
    """Run a chapter with other seeds, all of its generators together, and on other CPU baselines.

    Args:
        book: where it is.
        chapter: what is run.
        progress: told how far it has come.
        quickly: the first few seeds, and no other baseline: for whoever is writing the chapter.

    Raises:
        DoubtError: it does not run, or does not hold with its own.
    """
    by_seed: list[dict[str, str]] = []
    with begin(book, chapter) as (process, first):
        if first["random"]:
            tried = shifts(chapter, QUICKLY if quickly else TRIED)
            by_seed = [{} for _ in tried]
            process.send([{"id": i, "cell": 0, "shift": shift} for i, shift in enumerate(tried)])
            for done, answer in enumerate(process.answers(len(tried)), 1):
                by_seed[answer["id"]] = answer["values"]
                progress("seeds", done, len(tried))
    by_baseline = {}
    for name, environment in () if quickly else book.baselines().items():
        progress(name, 0, 1)
        with begin(book, chapter, environment) as (_, answer):
            by_baseline[name] = answer["values"]
    return Seeds(chapter, first["random"], by_seed, by_baseline)
