"""What the names of a chapter stood for when it ran unchanged: which may stand in the place of which."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

_NO_KIND = {"NoneType", "module", "type", "library", "Generator", "RandomState"}
_CHOICES = 2  # names that are tried for one


class Kinds:
    """What the names of each scope stood for: of the cells' own level (''), and of functions by name."""

    def __init__(self, told: Mapping[str, Mapping[str, str]]) -> None:
        self._told = told
        self.functions = {name for name, kind in told.get("", {}).items() if kind.startswith("function")}

    def like(self, name: str, scope: str, bound: Mapping[str, set[str]]) -> list[str]:
        """Return the names that may stand in the place of one, the most similar first.

        Args:
            name: the one.
            scope: of which it is, or by which it is seen.
            bound: by scope, the names that are bound so far.
        """
        scope = scope if name in self._told.get(scope, {}) else ""
        known = self._told.get(scope, {})
        if name not in known or self.of(name, scope) in _NO_KIND:
            return []
        others = [o for o in known if o != name and o in bound[scope] and _alike(known[o], known[name])]

        def unlike(other: str) -> tuple[bool, float, str]:
            likeness = difflib.SequenceMatcher(None, name, other).ratio()
            return known[other] != known[name], -likeness, other  # those of one shape first

        return sorted(others, key=unlike)[:_CHOICES]

    def of(self, name: str, scope: str) -> str:
        """Return of what kind a name's object is; nothing where it is not known."""
        told = self._told.get(scope, {}).get(name) or self._told.get("", {}).get(name, "")
        return told.partition("|")[0]


def _alike(one: str, other: str) -> bool:
    """Whether two objects are of one kind; arrays may differ in their first length, as training and test data do."""
    (kind, _, shape), (other_kind, _, other_shape) = one.partition("|"), other.partition("|")
    return kind == other_kind and shape.partition(",")[2] == other_shape.partition(",")[2]
