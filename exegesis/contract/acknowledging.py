"""Weakenings that an author stands by, in words: ``% exegesis: weakened `NAME: check OLD -> NEW` why``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VERB = "weakened"
FORM = "write '% exegesis: weakened `what 'exegesis review' names` why', on a line of its own beside the claim"
_COMMENT = re.compile(rf"\s*exegesis:\s*{VERB}\b\s*(?:`(?P<subject>[^`]*)`)?\s*(?P<reason>.*)")
_WORDS = 3  # the fewest that are a reason


@dataclass(frozen=True)
class Acknowledged:
    """A comment that acknowledges one weakening."""

    subject: str  # as `exegesis.review.weakening.Weakening.subject` has it
    reason: str
    line: int


def acknowledged(comments: Iterable[tuple[int, str]]) -> Iterator[Acknowledged]:
    """Yield what comments acknowledge; those that are not right are told by the rule ``ignore``.

    Args:
        comments: each with its line, without the sign that begins it.
    """
    for line, text in comments:
        if (found := _COMMENT.match(text)) and not wrong(text):
            yield Acknowledged(" ".join(found["subject"].split()), found["reason"].strip(), line)


def wrong(text: str) -> str:
    """Return what is wrong with a comment that is to acknowledge something; nothing where it is right."""
    found = _COMMENT.match(text)
    if found is None:
        return ""
    if not (found["subject"] or "").strip():
        return "a weakening is acknowledged without its name"
    return "" if len(found["reason"].split()) >= _WORDS else "a weakening is acknowledged without a reason"
