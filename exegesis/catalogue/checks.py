"""The language of a claim's ``:check:`` lines, and the numbers they are held against.

A line is ``[name] (=|<|<=|>|>=) number-or-name [± tolerance | ± percent%]``. Without
``±`` the tolerance of ``=`` is half a unit of the last printed digit, so that a
check means what it prints.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NAME = r"[A-Za-z_]\w*"
NUMBER = r"[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_CHECK = re.compile(
    rf"^(?:(?P<name>{NAME})\s*)?(?P<relation><=|>=|=|<|>)\s*"
    rf"(?:(?P<number>{NUMBER})|(?P<other>{NAME}))"
    rf"(?:\s*±\s*(?P<tolerance>{NUMBER})\s*(?P<percent>%|percent)?)?$"
)
_SAID = re.compile(rf"^(?:(?P<name>{NAME})\s+)?(?P<number>{NUMBER})(?:\s*\((?P<words>.*)\))?$", re.S)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_NUMPY_SCALAR = re.compile(r"^(?:u?int|float)\d*$")

#: The name under which a cell's only number is known; a check line leaves it out.
ONLY = ""


class CheckError(ValueError):
    """A check, or a cell's value, that cannot be read. The message says how to mend it."""


@dataclass(frozen=True)
class Check:
    """One line of ``:check:``."""

    name: str  # `ONLY` where the cell gives a single number
    relation: str  # =, <, <=, > or >=
    expected: str  # a number as it is written, or a name
    tolerance: float | None = None  # as written: None where the line has no ±
    percent: bool = False  # whether the tolerance is one of the expected number

    @property
    def against_name(self) -> bool:
        """Whether two numbers of the cell are compared."""
        return re.fullmatch(NAME, self.expected) is not None

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
        """Hold the check against a cell's numbers.

        Raises:
            CheckError: a name that the cell does not give.
        """
        computed = _value(values, self.name)
        expected = _value(values, self.expected) if self.against_name else number(self.expected)
        if math.isnan(computed) or math.isnan(expected):
            return Verdict(self, computed, expected, None, False)
        if self.relation != "=":
            return Verdict(self, computed, expected, None, _ORDER[self.relation](computed, expected))
        if math.isinf(computed):
            return Verdict(self, computed, expected, self.allowed(expected), computed == expected)
        allowed = self.allowed(expected)
        # A hair's breadth for binary floating point: 0.305 must round to 0.31 and to 0.30.
        slack = 1e-12 * max(abs(expected), abs(computed))
        return Verdict(self, computed, expected, allowed, abs(computed - expected) <= allowed + slack)

    def __str__(self) -> str:
        words = [self.name, self.relation, self.expected]
        if self.tolerance is not None:
            words += ["±", f"{self.tolerance:g}{'%' if self.percent else ''}"]
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class Verdict:
    """A check and what the chapter computed for it."""

    check: Check
    computed: float
    expected: float
    tolerance: float | None  # in the number's own unit; None for an order
    holds: bool


@dataclass(frozen=True)
class Said:
    """A number in circulation that the chapter shows to be wrong."""

    name: str
    expected: str  # as it is written
    words: str = ""  # where it is said

    def passes(self, values: Mapping[str, float]) -> bool:
        """Say whether a cell's numbers would agree with it.

        Raises:
            CheckError: the cell does not give its name.
        """
        return Check(self.name, "=", self.expected).judge(values).holds


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace("_", ""))


def number(text: str) -> float:
    """Return a number as a check writes it, ``1_000`` too."""
    return float(_decimal(text))


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


def parse_checks(text: str) -> list[Check]:
    """Read the lines of a ``:check:`` option.

    Raises:
        CheckError: a line that is no check, or no line at all.
    """
    checks = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        found = _CHECK.match(line)
        if not found:
            raise CheckError(
                f"'{line}' is no check; write '[name] = number', with =, <, <=, > or >= and, after =, ± tolerance"
            )
        if found["tolerance"] and found["relation"] != "=":
            raise CheckError(f"'{line}' has a tolerance; only = takes one, write the bound itself")
        checks.append(
            Check(
                name=found["name"] or ONLY,
                relation=found["relation"],
                expected=found["number"] or found["other"],
                tolerance=number(found["tolerance"]) if found["tolerance"] else None,
                percent=bool(found["percent"]),
            )
        )
    if not checks:
        raise CheckError("the check is empty; write one relation a line, such as '= 155'")
    return checks


def parse_said(text: str, checks: list[Check]) -> Said:
    """Read a ``:said:`` option: ``[name] number (where it is said)``.

    Raises:
        CheckError: it is none, or does not say which of several numbers it means.
    """
    found = _SAID.match(text.strip())
    if not found:
        raise CheckError(f"'{text}' is not '[name] number (where it is said)'")
    names = {check.name for check in checks}
    if found["name"] is None and len(names) > 1:
        raise CheckError("several numbers are checked; begin ':said:' with the name of the one that is meant")
    return Said(found["name"] or names.pop(), found["number"], (found["words"] or "").strip())


def read_values(text: str) -> dict[str, float]:
    """Read a cell's last value from its printed form (``text/plain``).

    A single number comes back under the name `ONLY`.

    Raises:
        CheckError: anything but a number or a dict from names to numbers. Bools and
            strings are refused: a verdict must not come ready-made from the chapter.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
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


def typed_in(code: str) -> list[str]:
    """Name the values of a claim cell's last expression that are literals, not computed.

    Raises:
        SyntaxError: the code is no Python.
    """
    last = ast.parse(code).body[-1:]
    if not last or not isinstance(last[0], ast.Expr):
        return []
    value = last[0].value
    if not isinstance(value, ast.Dict):
        return ["the value"] if _is_literal(value) else []
    return [ast.unparse(k) if k else "**" for k, v in zip(value.keys, value.values, strict=True) if _is_literal(v)]


def _is_literal(tree: ast.expr) -> bool:
    return not any(isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) for node in ast.walk(tree))
