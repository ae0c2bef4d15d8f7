r"""Numbers in a text that stand for what a cell computes: `` {value}`.53 <critics.start>` ``.

The number stays as it is written, and must be what the cell gives, to half a unit of its last digit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .checks import NAME, NUMBER, ONLY, Check, CheckError

_NUMBER = re.compile(
    rf"^(?P<sign>[-+−]?)(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|{NUMBER})(?P<percent>\s*(?:%|percent|per cent))?$",
)
_SMALLEST = 1e-299  # what can be written with an exponent: its last digit is a float as well
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TARGET = re.compile(rf"^(?P<cell>[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.(?P<name>{NAME}))?$")
_CONTENT = re.compile(r"^(?P<text>[^<>]*?)\s*<(?P<target>[^<>]*)>$", re.DOTALL)
ROLE = re.compile(r"\{value\}`(?P<content>[^`]*)`")


@dataclass(frozen=True)
class Written:
    """A number in a text, and what it is to agree with."""

    text: str  # as it is written
    cell: str  # the name of the claim, or of the values
    name: str  # of the number, `ONLY` where the cell gives a single one

    def check(self, values: Mapping[str, float]) -> None:
        """Hold it against the cell's numbers.

        Raises:
            CheckError: the cell gives another number, which is told as it should be written; or none of that name.
        """
        if self.name not in values:
            named = [f"<{self.cell}.{name}>" for name in values if name != ONLY] or [f"<{self.cell}>"]
            what = f"'{self.cell}' gives no number named '{self.name}'" if self.name else f"'{self.cell}' gives several"
            raise CheckError(f"{what}; write {' or '.join(named)}")
        value = values[self.name]
        if not any(map(self._agrees, self._scaled(value))):
            near = min(self._scaled(value), key=lambda each: abs(each - self._number))
            raise CheckError(f"'{self.text}' is not what comes out, {value:.6g}; write {self._like(near)}")

    @property
    def _number(self) -> float:
        return float(self._digits)

    @property
    def _digits(self) -> str:
        """The number as a check would write it."""
        if self.text.lower() in _WORDS:
            return str(_WORDS.index(self.text.lower()))
        found = _NUMBER.match(self.text)
        assert found is not None
        return found["sign"].replace("−", "-") + found["digits"].replace(",", "").replace("_", "")

    def _scaled(self, value: float) -> list[float]:
        """Return what the value may be written as: percent are hundredths, or are meant already."""
        found = _NUMBER.match(self.text)
        if found is None or not found["percent"]:
            return [value]
        return [value * 100] if abs(value) <= 1 else [value, value * 100]

    def _agrees(self, value: float) -> bool:
        return Check(ONLY, "=", self._digits).judge({ONLY: value}).holds

    def _like(self, value: float) -> str:
        """Write another number as this one is written."""
        if not math.isfinite(value):
            return f"{value:g} in words, or mend the cell"
        if self.text.lower() in _WORDS:
            return _WORDS[round(value)] if 0 <= round(value) < len(_WORDS) else f"{round(value)}"
        digits, percent = self._digits, (_NUMBER.match(self.text) or {"percent": ""})["percent"] or ""
        mantissa, mark, _ = digits.lower().partition("e")
        places = len(mantissa.partition(".")[2])
        comma = "," if "," in self.text else ""
        value = value if abs(value) > _SMALLEST else 0.0
        new = f"{value:.{places}e}" if mark else f"{value:{comma}.{places}f}"
        if mantissa.lstrip("+-").startswith("."):
            new = re.sub(r"^(-?)0\.", r"\1.", new)
        return (new.replace("-", "−", 1) if "−" in self.text else new) + percent


def read_written(content: str) -> Written:
    """Read what stands in the role.

    Raises:
        CheckError: it is not a number with the name of a cell.
    """
    found = _CONTENT.match(content.strip())
    target = _TARGET.match(found["target"].strip()) if found else None
    if found is None or target is None:
        raise CheckError(f"'{content}' names no cell; write 'number <cell.name>', or 'number <cell>' for its only one")
    text = " ".join(found["text"].split())
    if text.lower() not in _WORDS and (not _NUMBER.match(text) or not _is_small(text)):
        raise CheckError(f"'{text}' is no number; write one such as 0.53, 1,234, 97.7 % or seven")
    return Written(text, target["cell"], target["name"] or ONLY)


def _is_small(text: str) -> bool:
    """Whether a number, and its last digit, are among the floats."""
    mark = re.search(r"[eE]([+-]?\d+)", text)
    return len(text) < 100 and (mark is None or (len(mark[1]) < 5 and abs(int(mark[1])) < 300))


def plainly(text: str, tell: Callable[[str], None] = lambda content: None) -> str:
    """Return a text in which the numbers stand without the role; `tell` hears of what stood in each."""

    def bare(found: re.Match[str]) -> str:
        tell(found["content"])
        inner = _CONTENT.match(found["content"].strip())
        return " ".join(inner["text"].split()) if inner else found["content"]

    return ROLE.sub(bare, text)
