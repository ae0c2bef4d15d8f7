"""An exercise as it is written: the options of its directive, and what a reader's numbers are held against."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .checks import Check, CheckError, Verdict, parse_check
from .claims import read_named

#: Each option of an exercise, and what stands there.
OPTIONS = {
    "check": "what the answer's numbers are held against, a check a line, with words in brackets behind it; "
    "without one it is an exercise to think about",
    "hints": "a list, of which a reader opens one item after the other",
    "title": "what it is called; needed",
}
_WORDED = re.compile(r"(?P<check>.*?)(?:\s*\((?P<words>[^()]+)\))?")


@dataclass(frozen=True)
class Wanted:
    """A check, and what it means in words; a check with words is shown when it holds, for it may tell the answer."""

    check: Check
    words: str = ""

    def __str__(self) -> str:
        return f"{self.check} ({self.words})" if self.words else str(self.check)


@dataclass(frozen=True)
class Exercise:
    """What an exercise's directive says."""

    id: str
    title: str
    wanted: tuple[Wanted, ...] = ()  # none of an exercise to think about, which has no cells
    hints: tuple[str, ...] = ()  # Markdown
    text: str = ""  # Markdown

    @property
    def anchor(self) -> str:
        """The id of its place on the page."""
        return f"exercise-{self.id}"

    def judge(self, values: Mapping[str, float]) -> list[Verdict]:
        """Hold the checks against a cell's numbers.

        Raises:
            CheckError: the cell lacks one that a check names.
        """
        return [wanted.check.judge(values) for wanted in self.wanted]

    def unfit(self, starters: int, solutions: int, measures: int, words: int) -> str:
        """Return what is wrong with the parts that bear the exercise's name, and how to mend it; or nothing.

        Args:
            starters: cells with ``:starter:``.
            solutions: cells with ``:solution:``.
            measures: cells with ``:measure:``.
            words: directives ``{solution}``.
        """
        if words > 1:
            return f"{words} solutions bear its name; write one '{{solution}} {self.id}'"
        if not self.wanted:
            if starters or solutions or measures:
                return "it has cells and no check; add ':check:', one relation a line, or take its cells out"
            return "" if words else f"it has no solution; write one in '{{solution}} {self.id}'"
        for option, count in (("starter", starters), ("solution", solutions)):
            if count != 1:
                found = f"{count} cells bear its name" if count else f"it has no {option}"
                return f"{found}; write ':{option}: {self.id}' on one cell"
        return f"{measures} cells measure its answer; let one do it" if measures > 1 else ""


def read_exercise(name: str, lines: Sequence[str], others: Sequence[str] = ()) -> Exercise:
    """Read one exercise.

    Args:
        name: what follows ``{exercise}``.
        lines: the directive's content.
        others: the names of the page's exercises before it.

    Raises:
        CheckError: something can't be read, or is missing.
    """
    options, text = read_named(name, lines, list(OPTIONS), others, "exercise")
    if not options.get("title"):
        raise CheckError("'title' is missing; add ':title:'")
    if not text:
        raise CheckError("it asks nothing; write the question below the options")
    wanted = _wanted(options["check"]) if "check" in options else ()
    hints = _hints(options["hints"]) if "hints" in options else ()
    return Exercise(name, options["title"], wanted, hints, text)


def _wanted(text: str) -> tuple[Wanted, ...]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = _WORDED.fullmatch(line)
        wanted = Wanted(parse_check(parts["check"] if parts else line), (parts and parts["words"]) or "")
        if wanted.check.denied:
            raise CheckError(f"'{wanted.check}' says what does not hold; write what the answer has to meet")
        found.append(wanted)
    if not found:
        raise CheckError("the check is empty; write one relation a line, such as 'share = 0.11 (the share)'")
    return tuple(found)


def _hints(text: str) -> tuple[str, ...]:
    """Read ``:hints:``: a list, one hint an item."""
    found: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("- "):
            found.append(line[2:].strip())
        elif found:
            found[-1] += f"\n{line}"
        else:
            raise CheckError(f"'{line}' begins no hint; write '- ' before each")
    if not found:
        raise CheckError("'hints' is empty; write '- ' and a hint, or take it out")
    return tuple(found)
