"""What became weaker in a claim: its checks, its kind of evidence, what it refutes, excepts and lets pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from exegesis.catalogue import Check, Declared, Evidence, Limits
from exegesis.catalogue.checks import is_name
from exegesis.catalogue.model import bare

from .state import State
from .thresholds import follows, opposite
from .values import depending, formulas, renamed
from .weakening import GONE, NOTHING, Kind, Weakening

#: The better one first.
RANKS = (Evidence.RECOMPUTED, Evidence.DERIVED, Evidence.DEMONSTRATED, Evidence.QUOTED)


def weakened(old: Declared, new: Declared, before: State, now: State) -> Iterator[Weakening]:
    """Yield what became weaker in a claim.

    Args:
        old: as it was.
        new: as it is, perhaps under another name.
        before: the chapter as it was.
        now: the chapter as it is.
    """

    def told(kind: Kind, was: object, became: object) -> Weakening:
        return Weakening(kind, str(was), str(became), now.name, new.line, new.id)

    assert old.evidence and new.evidence  # what can't be read is not compared
    if RANKS.index(new.evidence) > RANKS.index(old.evidence):
        yield told(Kind.EVIDENCE, old.evidence.value, new.evidence.value)
    if new.evidence is Evidence.QUOTED:
        return  # it has no checks, and that is told
    old = _by_new_names(old, renamed(formulas(before, old.id), formulas(now, new.id)))
    for was, became in _checks(old, new):
        yield told(Kind.CHECK, was, became)
    yield from (told(Kind.SAID, was, became) for was, became in _said(old, new))
    yield from (told(Kind.LIMITS, was, became) for was, became in _limits(old, new))
    accepted = [bare(each.code) for each in old.accepts]
    for each in new.accepts:
        if not any(code in bare(each.code) for code in accepted):  # a longer piece of code is in fewer statements
            yield replace(told(Kind.ACCEPTS, NOTHING, each.code), reason=each.reason)
    if before.code != now.code:
        yield from (told(Kind.VALUE, was, became) for was, became in _values(old, new, before, now))


def _values(old: Declared, new: Declared, before: State, now: State) -> Iterator[tuple[str, str]]:
    """Yield the numbers that the chapter computed, and does no longer."""
    were, are = formulas(before, old.id), formulas(now, new.id)
    names = renamed(were, are)
    pairs = {names.get(name, name): name for name in were if names.get(name, name) in are}
    lost = pairs.keys() - depending(now, new.id, set(pairs), arithmetic=new.evidence is Evidence.DERIVED)
    had = depending(before, old.id, {pairs[name] for name in lost}, arithmetic=old.evidence is Evidence.DERIVED)
    for name in sorted(lost):
        if pairs[name] in had:
            yield _shown(name, were[pairs[name]]), ast.unparse(are[name])


def _checks(old: Declared, new: Declared) -> Iterator[tuple[Check, Check | str]]:
    """Yield the checks that do not follow any more, with what stands in their place."""
    unused = [check for check in new.checks if check not in old.checks]
    for check in old.checks:
        if check in new.checks or follows(check, new.asserted):
            continue
        same = [each for each in unused if each.name == check.name]
        same.sort(key=lambda each: (each.expected != check.expected, each.relation != check.relation))
        if same:
            unused.remove(same[0])
        yield check, same[0] if same else GONE


def _said(old: Declared, new: Declared) -> Iterator[tuple[str, str]]:
    """Yield what is said and was refuted, where that does not follow from what is refuted now."""
    if old.said is None:
        return
    refuted = [opposite(new.said.check)] if new.said else []
    if not follows(opposite(old.said.check), refuted):
        yield str(old.said.check), str(new.said.check) if new.said else GONE


def _limits(old: Declared, new: Declared) -> Iterator[tuple[str, str]]:
    were, are = (limits.checks if limits else () for limits in (old.limits, new.limits))
    for check in are:
        if check not in were:
            yield NOTHING, str(check)
    for check in were:  # what is excepted no longer has to be asserted instead, one way or the other
        if check not in are and not any(follows(each, new.asserted) for each in (check, opposite(check))):
            yield str(check), GONE


def _by_new_names(claim: Declared, names: dict[str, str]) -> Declared:
    """Return a claim whose checks speak of numbers by the names that they have now."""

    def of(name: str) -> str:
        return names.get(name, name) if is_name(name) or not name else name

    def renamed(check: Check) -> Check:
        lower = replace(check.lower, expected=of(check.lower.expected)) if check.lower else None
        return replace(check, name=of(check.name), expected=of(check.expected), lower=lower)

    limits = Limits(tuple(map(renamed, claim.limits.checks)), claim.limits.words) if claim.limits else None
    said = replace(claim.said, check=renamed(claim.said.check)) if claim.said else None
    return replace(claim, checks=tuple(map(renamed, claim.checks)), limits=limits, said=said)


def _shown(name: str, formula: ast.expr) -> str:
    return f"{name}: {ast.unparse(formula)}" if name else ast.unparse(formula)
