"""Which weakenings are acknowledged: each by a comment of its own, that was not there before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from exegesis.contract.acknowledging import VERB, Acknowledged
from exegesis.fault import PACKAGE, Fault

from .weakening import Weakening

#: What a weakening is called where faults are told by code.
CODE = f"{PACKAGE}.weakened"


@dataclass
class Settled:
    """Weakenings, and what is to be told of the comments that acknowledge them."""

    weakenings: list[Weakening]  # those that are acknowledged with their reason
    faults: list[Fault] = field(default_factory=list)  # new comments that acknowledge nothing
    notes: list[str] = field(default_factory=list)  # comments that have done their duty


def settle(weaker: list[Weakening], old: Iterable[Acknowledged], new: Iterable[Acknowledged], file: str) -> Settled:
    """Hold weakenings against the comments of a file.

    Args:
        weaker: the weakenings.
        old: the comments that were there before: what they acknowledge has been merged.
        new: those that are there.
        file: its path.
    """
    known = {(each.subject, each.reason) for each in old}
    settled = Settled(list(weaker))
    places = {each.subject: i for i, each in enumerate(weaker)}
    for each in new:
        if (each.subject, each.reason) in known:
            settled.notes.append(f"{file}:{each.line}: `{each.subject}` was acknowledged before; take the comment out")
        elif each.subject in places:
            i = places[each.subject]
            settled.weakenings[i] = replace(weaker[i], reason=each.reason)
        else:
            what = f"nothing is weakened as is acknowledged here: `{each.subject}`"
            settled.faults.append(Fault(file, each.line, what, "name the weakening, or take the comment out", CODE, 1))
    return settled


def fault_of(weakening: Weakening, file: str) -> Fault:
    """Return a weakening that nobody acknowledges as a fault.

    Args:
        weakening: it.
        file: the one in which it can be acknowledged.
    """
    beside = "beside the claim" if weakening.claim else "in it" if file == weakening.file else f"in {file}"
    mend = f"take it back, or acknowledge it {beside}: {comment_for(weakening, file)}"
    return Fault(weakening.file, weakening.line, weakening.told, mend, CODE)


def comment_for(weakening: Weakening, file: str) -> str:
    """Return the comment by which a weakening is acknowledged in a file, the reason aside."""
    return f"{'#' if file.endswith('.yml') else '%'} exegesis: {VERB} `{weakening.subject}` WHY"
