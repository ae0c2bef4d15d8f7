"""A weakening: something that held a chapter to account, and does so less than before."""

from __future__ import annotations

import enum
from dataclasses import dataclass

#: What stands for what is no longer there, or was not.
GONE, NOTHING = "gone", "nothing"


class Kind(enum.Enum):
    """What became weaker: the word that names it, and what it means."""

    CHECK = "check", "a check is gone, or accepts numbers that were refused"
    CLAIM = "claim", "a claim is gone"
    EVIDENCE = "evidence", "a claim's evidence is of a lower kind"
    SAID = "said", "what is said elsewhere is no longer refuted, or less of it"
    LIMITS = "limits", "more of a claim need not reproduce, or it is no longer asserted what does not"
    ACCEPTS = "accepts", "more changes to the code may go unnoticed"
    VALUE = "value", "a number no longer depends on the chapter's code"
    SEEDS = "seeds", "a claim holds on fewer seeds or processors, by the evidence file"
    CHANGES = "changes", "fewer changes to the code are noticed, by the evidence file"
    RECORD = "record", "the evidence file lacks what it had"
    TEST = "test", "an oracle test is gone, is skipped, or asserts less"
    FUNCTION = "function", "no oracle test reaches a function any more"
    RULE = "rule", "a rule of the contract is silenced"
    TAG = "tag", "a cell may do what it might not"
    SETTING = "setting", "the book holds all chapters to less"
    CHAPTER = "chapter", "a chapter is gone"

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


@dataclass(frozen=True)
class Weakening:
    """One of them."""

    kind: Kind
    was: str
    now: str
    file: str  # of the state that is looked at, relative to the book's root
    line: int  # of that file; where nothing is left of it, nearby
    claim: str = ""  # its name as it is now, or was; empty for what is the chapter's or the book's
    reason: str | None = None  # for which it is acknowledged; what is excepted says it in its own place

    @property
    def subject(self) -> str:
        """What an acknowledgement has to name, word for word: it covers this weakening and no other."""
        whose = f"{self.claim}: " if self.claim else ""
        return plain(f"{whose}{self.kind.word} {self.was} -> {self.now}")

    @property
    def told(self) -> str:
        """The weakening in a line for people, without its place."""
        whole = "the book" if self.kind in (Kind.SETTING, Kind.CHAPTER) else "the chapter"
        what = f"claim '{self.claim}'" if self.claim else whole
        return f"{what} is weakened: {self.kind.word} {self.was} -> {self.now}"


def plain(text: str) -> str:
    """Return text as it may stand between backticks, in one line."""
    return " ".join(text.replace("`", "'").split())
