"""Whether checks follow from other checks: what they accept, as differences of numbers that are bounded.

Each check is a few inequalities ``u - v <= bound``; a set of these has a solution unless a chain of them ends where it
began with less than nothing. So "is every number that these accept accepted by that one too?" has an exact answer.
The hair's breadth that `exegesis.catalogue.checks` allows to binary floating point is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from exegesis.catalogue import Check
from exegesis.catalogue.checks import is_name

#: Checks with ``not`` that have two ways to be kept, beyond which the others are left out of account.
_MOST = 8
_ZERO = None  # stands for the number 0


@dataclass(frozen=True)
class _Bounded:
    """``above - below <= by``, or ``<``."""

    above: str | None
    below: str | None
    by: Fraction
    strictly: bool

    def opposite(self) -> _Bounded:
        return _Bounded(self.below, self.above, -self.by, not self.strictly)


def follows(check: Check, given: Iterable[Check]) -> bool:
    """Whether all numbers that fulfil the given checks fulfil this one; where that can't be told it is False."""
    ways = [_ways(each) for each in given]
    ways.sort(key=len)
    open_ones = [way for way in ways if len(way) > 1]
    ways = [way for way in ways if len(way) == 1] + open_ones[:_MOST]
    against = _ways(opposite(check))
    return not any(
        _can_be([*itertools.chain(*chosen), *refusal]) for chosen in itertools.product(*ways) for refusal in against
    )


def opposite(check: Check) -> Check:
    """Return the check that says the contrary."""
    return replace(check, denied=not check.denied)


def _ways(check: Check) -> list[list[_Bounded]]:
    """Return the ways in which a check can be kept; with ``not`` it is enough that one of its parts is not."""
    parts = list(_parts(check))
    return [[part.opposite()] for part in parts] if check.denied else [parts]


def _parts(check: Check) -> Iterator[_Bounded]:
    name = check.name
    if check.relation == "=":
        yield from _equality(check)
    elif check.relation.startswith("<"):
        yield _ordered(name, check.expected, check.relation == "<")
    else:
        yield _ordered(check.expected, name, check.relation == ">")
    if check.lower:
        yield _ordered(check.lower.expected, name, check.lower.relation == "<")


def _equality(check: Check) -> Iterator[_Bounded]:
    name = check.name
    if check.against_name and check.percent:  # no difference: how far they are apart is a number of its own
        name, middle, tolerance, other = f"{name}/{check.expected}", Fraction(), _exact(check.tolerance or 0.0), _ZERO
    elif check.against_name:
        middle, tolerance, other = Fraction(), _exact(check.tolerance or 0.0), check.expected
    else:
        middle, other = _number(check.expected), _ZERO
        tolerance = _exact(check.printed_tolerance if check.tolerance is None else check.tolerance)
        tolerance = abs(middle) * tolerance / 100 if check.percent else tolerance
    yield _Bounded(name, other, middle + tolerance, False)
    yield _Bounded(other, name, tolerance - middle, False)


def _ordered(small: str, large: str, strictly: bool) -> _Bounded:
    """Return ``small < large``; one of them may be a number as it is written."""
    if small and not is_name(small):
        return _Bounded(_ZERO, large, -_number(small), strictly)
    if large and not is_name(large):
        return _Bounded(small, _ZERO, _number(large), strictly)
    return _Bounded(small, large, Fraction(), strictly)


def _number(text: str) -> Fraction:
    return Fraction(Decimal(text.replace("_", "")))


def _exact(value: float) -> Fraction:
    """Return a number as it was written in decimals."""
    return Fraction(repr(value))


def _can_be(bounds: list[_Bounded]) -> bool:
    """Whether there are numbers that keep within all bounds: by Floyd and Warshall, no circle is below zero."""
    tightest: dict[tuple[str | None, str | None], tuple[Fraction, int]] = {}
    for bound in bounds:
        # A strict bound is an infinitely small step below one that is not.
        step, way = (bound.by, -bound.strictly), (bound.above, bound.below)
        tightest[way] = min(step, tightest.get(way, step))
    names = {name for way in tightest for name in way}
    for via in names:
        into = [(start, step) for (start, end), step in tightest.items() if end == via]
        out = [(end, step) for (start, end), step in tightest.items() if start == via]
        for (start, one), (end, other) in itertools.product(into, out):
            step = one[0] + other[0], one[1] + other[1]
            tightest[start, end] = min(step, tightest.get((start, end), step))
    return all(tightest.get((name, name), (Fraction(), 0)) >= (Fraction(), 0) for name in names)
