"""The language of a claim's ``:check:`` lines, and the numbers they are held against.

A line is ``[name] (=|<|<=|>|>=) number-or-name [± tolerance | ± percent%]``, or has two sides,
``low < name < high``. Without ``±`` the tolerance of ``=`` is half a unit of the last printed
digit, so that a check means what it prints. ``not`` before a line says that it does not hold.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

NAME = r"[A-Za-z_]\w*"
NUMBER = r"[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_CHECK = re.compile(
    rf"^(?P<denied>not\s+)?(?:(?P<low>{NUMBER}|{NAME})\s*(?P<low_relation><=|<)\s*(?={NAME}))?"
    rf"(?:(?P<name>{NAME})\s*)?(?P<relation><=|>=|=|<|>)\s*(?P<expected>{NUMBER}|{NAME})"
    rf"(?:\s*±\s*(?P<tolerance>{NUMBER})\s*(?P<percent>%|percent)?)?$",
)
_SAID = re.compile(r"^(?P<what>.*?)(?:\s*\((?P<words>.*)\))?$", re.DOTALL)
_PLAINLY_SAID = re.compile(rf"^(?:(?P<name>{NAME})\s+)?(?P<number>{NUMBER})$")
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_LARGEST = 300  # powers of ten: what is far from the end of the floats
_NUMPY_SCALAR = re.compile(r"^(?:u?int|float)\d*$")

#: The name under which a cell's only number is known; a check line leaves it out.
ONLY = ""


class CheckError(ValueError):
    """A check, or a cell's value, that cannot be read. The message says how to mend it."""


@dataclass(frozen=True)
class Bound:
    """The left side of a check that has two: the number is above it."""

    relation: str  # < or <=
    expected: str  # a number as it is written, or a name


@dataclass(frozen=True)
class Check:
    """One line of ``:check:``, or of ``:limits:``."""

    name: str  # `ONLY` where the cell gives a single number
    relation: str  # =, <, <=, > or >=
    expected: str  # a number as it is written, or a name
    tolerance: float | None = None  # as written: None where the line has no ±
    percent: bool = False  # whether the tolerance is one of the expected number
    lower: Bound | None = None  # of ``low < name < high``
    denied: bool = False  # whether the line says that it does not hold

    @property
    def against_name(self) -> bool:
        """Whether two numbers of the cell are compared."""
        return is_name(self.expected)

    @property
    def names(self) -> set[str]:
        """The numbers of the cell that the line speaks of."""
        sides = [self.expected, *([self.lower.expected] if self.lower else [])]
        return {self.name, *filter(is_name, sides)}

    @property
    def printed_tolerance(self) -> float:
        """Half a unit of the last digit that the line prints; 0 against a name."""
        if self.against_name:
            return 0.0
        return float(Decimal(10) ** int(_decimal(self.expected).as_tuple().exponent) / 2)

    @property
    def widened(self) -> bool:
        """Whether the tolerance is wider than what the digits say (it then needs a reason)."""
        if self.tolerance is None:
            return False
        return self.against_name or self.allowed(number(self.expected)) > self.printed_tolerance * (1 + 1e-9)

    def allowed(self, expected: float) -> float:
        """Return the tolerance of ``=`` around ``expected``, in the number's own unit."""
        if self.tolerance is None:
            return self.printed_tolerance
        return abs(expected) * self.tolerance / 100 if self.percent else self.tolerance

    def judge(self, values: Mapping[str, float]) -> Verdict:
        """Hold the check against a cell's numbers; with a nan among them neither it nor its denial holds.

        Raises:
            CheckError: a name that the cell does not give.
        """
        computed, expected = _value(values, self.name), _side(values, self.expected)
        lower = _side(values, self.lower.expected) if self.lower else None
        allowed = None
        if any(math.isnan(each) for each in (computed, expected, lower or 0.0)):
            return Verdict(self, computed, expected, None, False, lower)
        if self.relation != "=":
            comes_out = _ORDER[self.relation](computed, expected)
        else:
            allowed = self.allowed(expected)
            # A hair's breadth for binary floating point: 0.305 must round to 0.31 and to 0.30.
            slack = 1e-12 * max(abs(expected), abs(computed)) if math.isfinite(computed) else 0.0
            comes_out = computed == expected or abs(computed - expected) <= allowed + slack
        if self.lower and lower is not None:
            comes_out = comes_out and _ORDER[self.lower.relation](lower, computed)
        return Verdict(self, computed, expected, allowed, comes_out != self.denied, lower)

    @property
    def relation_text(self) -> str:
        """The line without ``not`` before it."""
        words = [self.name, self.relation, self.expected]
        if self.lower:
            words = [self.lower.expected, self.lower.relation, *words]
        if self.tolerance is not None:
            words += ["±", f"{self.tolerance:g}{'%' if self.percent else ''}"]
        return " ".join(filter(None, words))

    def __str__(self) -> str:
        return f"not {self.relation_text}" if self.denied else self.relation_text


@dataclass(frozen=True)
class Verdict:
    """A check and what the chapter computed for it."""

    check: Check
    computed: float
    expected: float
    tolerance: float | None  # in the number's own unit; None for an order
    holds: bool  # what the line says: with ``not`` before it, that the rest does not come out
    lower: float | None = None  # of a check with two sides

    @property
    def comes_out(self) -> bool:
        """Whether the relation holds, whatever the line says of it."""
        known = not any(math.isnan(each) for each in (self.computed, self.expected, self.lower or 0.0))
        return known and self.holds != self.check.denied

    @property
    def shown(self) -> str:
        """What was computed, for readers: the number, and those of the cell that it is held against."""
        sides = [] if self.check.lower is None or not is_name(self.check.lower.expected) else [self.lower or 0.0]
        sides += [self.expected] if self.check.against_name else []
        against = " and ".join(map(shown, sides))
        return f"{shown(self.computed)} against {against}" if against else shown(self.computed)

    @property
    def words(self) -> str:
        """What became of it, for readers."""
        return "holds" if self.comes_out else "does not hold"


@dataclass(frozen=True)
class Said:
    """A number, or an order, in circulation that the chapter shows to be wrong."""

    check: Check
    words: str = ""  # where it is said

    @property
    def name(self) -> str:
        """The number of the cell that is meant."""
        return self.check.name

    @property
    def expected(self) -> str:
        """The number as it is written."""
        return self.check.expected

    @property
    def text(self) -> str:
        """What is said: a number, or the whole relation where it is no equality."""
        return self.expected if self.check.relation == "=" else str(self.check)

    def passes(self, values: Mapping[str, float]) -> bool:
        """Say whether a cell's numbers would agree with it.

        Raises:
            CheckError: the cell does not give its name.
        """
        return self.check.judge(values).holds


def is_name(text: str) -> bool:
    """Whether a side of a check is one of the cell's numbers."""
    return re.fullmatch(NAME, text) is not None


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace("_", ""))


def number(text: str) -> float:
    """Return a number as a check writes it, ``1_000`` too."""
    return float(_decimal(text))


def _side(values: Mapping[str, float], text: str) -> float:
    return _value(values, text) if is_name(text) else number(text)


def _value(values: Mapping[str, float], name: str) -> float:
    try:
        return values[name]
    except KeyError:
        given = ", ".join(values) if ONLY not in values else "a single number; leave the name out"
        what = f"no number named '{name}'" if name else "no single number; the line must name one"
        raise CheckError(f"the cell gives {what} (it gives {given})") from None


def shown(value: float) -> str:
    """Write a computed number for readers: whole numbers in full, others with five digits."""
    if value == int(value) if abs(value) < 1e15 else False:
        return f"{int(value):,}"
    return f"{value:.5g}"


def parse_check(line: str) -> Check:
    """Read one line.

    Raises:
        CheckError: it is no check, or one that nothing can meet.
    """
    found = _CHECK.match(line.strip())
    if not found:
        raise CheckError(
            f"'{line}' is no check; write '[name] = number', with =, <, <=, > or >= and, after =, ± tolerance, "
            "or 'low < name < high'"
        )
    if found["tolerance"] and found["relation"] != "=":
        raise CheckError(f"'{line}' has a tolerance; only = takes one, write the bound itself")
    if found["low"] and found["relation"] not in ("<", "<="):
        raise CheckError(f"'{line}' does not rise from left to right; write 'low < name < high', with < or <=")
    for text in filter(None, (found["low"], found["expected"], found["tolerance"])):
        if not is_name(text) and abs(_decimal(text).adjusted()) > _LARGEST:
            raise CheckError(f"{text} is beyond the numbers that a computer has; write one that a cell can give")
    lower = Bound(found["low_relation"], found["low"]) if found["low"] else None
    check = Check(
        name=found["name"] or ONLY,
        relation=found["relation"],
        expected=found["expected"],
        tolerance=number(found["tolerance"]) if found["tolerance"] else None,
        percent=bool(found["percent"]),
        lower=lower,
        denied=bool(found["denied"]),
    )
    numbers = lower and not is_name(lower.expected) and not check.against_name
    if lower and numbers and number(lower.expected) >= number(check.expected):
        raise CheckError(f"nothing is within '{line}'; write the lower bound on the left")
    return check


def parse_checks(text: str) -> list[Check]:
    """Read the lines of a ``:check:`` option.

    Raises:
        CheckError: a line that is no check, or no line at all.
    """
    checks = [parse_check(line) for line in map(str.strip, text.splitlines()) if line]
    if not checks:
        raise CheckError("the check is empty; write one relation a line, such as '= 155'")
    return checks


def parse_said(text: str, checks: list[Check]) -> Said:
    """Read a ``:said:`` option: ``[name] number (where it is said)``, or a check in the number's place.

    Raises:
        CheckError: it is none, or does not say which of several numbers it means.
    """
    found = _SAID.match(text.strip())
    what, words = (found["what"].strip(), (found["words"] or "").strip()) if found else ("", "")
    plainly = _PLAINLY_SAID.match(what)
    try:
        line = f"{plainly['name'] or ''} = {plainly['number']}" if plainly else what
        check = parse_check(line)
    except CheckError:
        raise CheckError(
            f"'{text}' is not '[name] number (where it is said)'; write that, or a relation such as "
            "'name <= number (where it is said)'"
        ) from None
    if check.denied or check.tolerance is not None:
        raise CheckError(f"'{what}' has a '{'not' if check.denied else '±'}'; write what is said as it is said")
    names = {each.name for each in checks}
    if check.name == ONLY and len(names) > 1:
        raise CheckError("several numbers are checked; begin ':said:' with the name of the one that is meant")
    return Said(check if check.name != ONLY else replace(check, name=names.pop()), words)


def read_values(text: str) -> dict[str, float]:
    """Read a cell's last value from its printed form (``text/plain``).

    A single number comes back under the name `ONLY`.

    Raises:
        CheckError: anything but a number or a dict from names to numbers. Bools and
            strings are refused: a verdict must not come ready-made from the chapter.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last three of what nobody would write
        raise CheckError(f"the cell's value is no number: {text.strip()[:60]}") from None
    if not isinstance(tree, ast.Dict):
        return {ONLY: _number(tree, "the cell's value")}
    values: dict[str, float] = {}
    for key, value in zip(tree.keys, tree.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str) and re.fullmatch(NAME, key.value)):
            shown = ast.unparse(key) if key else "**"
            raise CheckError(f"the name {shown} is no identifier; use letters, digits and _")
        values[key.value] = _number(value, f"'{key.value}'")
    if not values:
        raise CheckError("the cell's dict is empty; give at least one number")
    return values


def _number(tree: ast.expr, what: str) -> float:
    match tree:
        case ast.Constant(value=bool()):
            raise CheckError(f"{what} is a bool; give the numbers that were compared instead")
        case ast.Constant(value=int() | float() as plain):
            if abs(plain) > sys.float_info.max and isinstance(plain, int):
                raise CheckError(f"{what} is too large for a float; give its logarithm")
            return float(plain)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_number(inner, what)
        case ast.Name(id="nan" | "inf"):
            return float(tree.id)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=kind), args=[inner]) if _NUMPY_SCALAR.match(
            kind
        ):
            return _number(inner, what)
    raise CheckError(f"{what} is no number but {ast.unparse(tree)[:60]}; end the cell with numbers, such as float(...)")
