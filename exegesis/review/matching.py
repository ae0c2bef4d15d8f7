"""Which claim of a chapter is which of its former ones: by name, and where that was changed by what it says."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from exegesis.catalogue import Declared

from .state import State

_ALIKE = 0.6  # how much of their text, or of their cells, two claims have in common at least


@dataclass(frozen=True)
class Match:
    """The claims of two states."""

    pairs: list[tuple[Declared, Declared]]  # what it was, and is; under another name where that was changed
    lost: list[Declared]
    gained: list[Declared]

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """The names that were changed: what each was, and is."""
        return [(old.id, new.id) for old, new in self.pairs if old.id != new.id]


def match(before: State, now: State) -> Match:
    """Pair the claims of two states of a chapter."""
    same = before.claims.keys() & now.claims.keys()
    pairs = [(before.claims[name], now.claims[name]) for name in now.claims if name in same]
    lost = [claim for name, claim in before.claims.items() if name not in same]
    gained = [claim for name, claim in now.claims.items() if name not in same]
    alike = sorted(
        ((_alike(old, new, before, now), i, j) for i, old in enumerate(lost) for j, new in enumerate(gained)),
        key=lambda each: (-each[0], *each[1:]),
    )
    found: dict[int, int] = {}
    for share, i, j in alike:
        if share >= _ALIKE and i not in found and j not in found.values():
            found[i] = j
    pairs += [(lost[i], gained[j]) for i, j in sorted(found.items(), key=lambda pair: pair[1])]
    return Match(
        pairs,
        [claim for i, claim in enumerate(lost) if i not in found],
        [claim for j, claim in enumerate(gained) if j not in found.values()],
    )


def _alike(old: Declared, new: Declared, before: State, now: State) -> float:
    cells = before.cell_of(old.id), now.cell_of(new.id)
    code = _share(cells[0].source, cells[1].source) if cells[0] and cells[1] else 0.0
    return max(_share(old.text, new.text), code)


def _share(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
