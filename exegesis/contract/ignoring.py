"""Faults that an author lets stand, with a reason: ``% exegesis: ignore cell-length one picture``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exegesis.fault import PACKAGE, Fault, closest

from . import acknowledging
from .chapter import Chapter
from .rule import RULES, Book, Found, rule

_COMMENT = re.compile(r"\s*exegesis:\s*(?P<verb>\S*)\s*(?P<code>[\w-]*)\s*(?P<reason>.*)")
_FORM = "write '% exegesis: ignore CODE why', on a line of its own above the block, or above the title for the chapter"


@dataclass(frozen=True)
class Ignored:
    """A comment, and the lines that it is about."""

    line: int
    code: str
    reason: str
    begin: int
    end: int

    def covers(self, fault: Fault) -> bool:
        return fault.code == f"{PACKAGE}.{self.code}" and self.begin <= fault.line <= self.end


@rule(
    "ignore",
    "{0}",
    "{1}",
    bad="% exegesis: ignore cell-length\n\n# A Paper\n",
    good="# A Paper\n",
)
def ignore(chapter: Chapter, book: Book) -> Iterator[Found]:
    """What is let stand is let stand for a reason, that the next reader can judge; and no longer than it is there."""
    for line, text in chapter.comments:
        if (found := _COMMENT.match(text)) and (what := _wrong(found)):
            form = acknowledging.FORM if found["verb"] == acknowledging.VERB else _FORM
            yield Found(line, 1, (what, form))


def _wrong(found: re.Match[str]) -> str:
    if found["verb"] == acknowledging.VERB:
        return acknowledging.wrong(found.string)
    if found["verb"] != "ignore":
        return f"'{found['verb']}' is nothing that can be asked of the rules"
    if found["code"] not in RULES or found["code"] == "ignore":
        return f"there is no rule '{found['code']}'; {closest(found['code'], RULES)}"
    if RULES[found["code"]].is_told:
        return f"the build tells '{found['code']}' in any case"
    return "" if found["reason"].strip() else f"'{found['code']}' is ignored without a reason"


def without_ignored(chapter: Chapter, faults: Iterable[Fault], codes: Iterable[str]) -> Iterator[Fault]:
    """Yield the faults that stand, and those of comments that ignore nothing; only of rules with these codes."""
    comments = list(ignored(chapter))
    used = set()
    for fault in faults:
        covering = [each for each in comments if each.covers(fault)]
        used.update(covering)
        if not covering:
            yield fault
    codes = set(codes)
    for each in comments:
        if each not in used and each.code in codes:
            what = f"nothing is ignored here: the rule '{each.code}' is kept"
            yield Fault(chapter.name, each.line, what, "take the comment out", f"{PACKAGE}.ignore", 1)


def ignored(chapter: Chapter) -> Iterator[Ignored]:
    """Yield the comments that let something stand."""
    title = next((heading.line for heading in chapter.headings if heading.level == 1), 0)
    last = max((end for _, end in chapter.blocks), default=0)
    for line, text in chapter.comments:
        found = _COMMENT.match(text)
        if not found or found["verb"] != "ignore" or _wrong(found):
            continue
        if line < title or (chapter.is_notebook and line == title and _is_first(chapter, text)):
            yield Ignored(line, found["code"], found["reason"], 0, max(last, len(chapter.text.splitlines())))
            continue
        comments = {at for at, _ in chapter.comments}
        later = [block for block in chapter.blocks if block[0] > line and block[0] not in comments]
        begin, end = min(later, default=(line, line))
        yield Ignored(line, found["code"], found["reason"], line if chapter.is_notebook else begin, end)


def _is_first(chapter: Chapter, text: str) -> bool:
    """Whether a comment stands before the title of a notebook's first cell."""
    position, title = chapter.text.find(text.strip()), chapter.text.find("# ")
    return 0 <= position < title
