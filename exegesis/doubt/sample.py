"""Which changes are tried: a fixed sample, drawn evenly over claims, places and kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

from exegesis.doubt.changes import Change

EACH = 20  # changes a claim, where there are as many
OF_FUNCTION = 4  # changes a function that its oracle test is to notice


def sample(changes: Collection[Change], slices: Mapping[str, set[int]], seed: str) -> list[Change]:
    """Return the changes to try for the claims, in their order in the chapter.

    What two claims depend on is tried once, and drawn for both.

    Args:
        changes: all that there are.
        slices: for each claim the numbers of the statements that it depends on.
        seed: what the order of drawing follows from: the chapter's name, not its code, so that an edit leaves the rest.
    """
    chosen: set[Change] = set()
    for statements in slices.values():
        chosen.update(drawn([change for change in changes if change.top in statements], EACH, seed))
    return sorted(chosen)


def of_functions(changes: Iterable[Change], functions: Iterable[str], seed: str) -> dict[str, list[Change]]:
    """Return for each function the changes that its oracle test is to notice."""
    inside: dict[str, list[Change]] = {name: [] for name in functions}
    for change in changes:
        if change.function in inside:
            inside[change.function].append(change)
    return {name: drawn(those, OF_FUNCTION, seed) for name, those in inside.items()}


def drawn(changes: Iterable[Change], number: int, seed: str) -> list[Change]:
    """Draw in turn from each kind, of the wiring, of other code outside of functions, and of functions.

    A kind of wiring has two turns: there checks are blind most often.
    """
    strata: dict[tuple[int, str], list[Change]] = {}
    for change in changes:
        place = 0 if change.wiring else 1 if not change.function else 2
        strata.setdefault((place, change.kind), []).append(change)
    for stratum in strata.values():
        stratum.sort(key=lambda change: (_lot(change, seed), change))
    chosen: list[Change] = []
    while strata and len(chosen) < number:
        for (place, kind), stratum in sorted(strata.items()):
            for _ in range(2 if place == 0 else 1):
                if stratum:
                    chosen.append(stratum.pop(0))
            if not stratum:
                del strata[place, kind]
    return chosen[:number]


def _lot(change: Change, seed: str) -> str:
    """Return by what a change is drawn: nothing of it that other code decides, such as its cell and line."""
    told = f"{seed}:{change.statement}:{change.kind}:{change.old}:{change.new}"
    return hashlib.sha256(told.encode()).hexdigest()
