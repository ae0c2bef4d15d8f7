"""Whether checks follow from others is told exactly: loosened if a number passes that was refused, and never else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue import parse_checks
from exegesis.catalogue.checks import parse_check
from exegesis.review.thresholds import follows

NUMBERS = st.integers(-40, 40).map(lambda n: f"{n / 10:g}")
RELATIONS = st.sampled_from(["<", "<=", ">", ">="])


def follow(old, new):
    return follows(parse_check(old), [parse_check(line) for line in new.splitlines()])


@st.composite
def lines(draw, names=("x",)):
    """Return a check's line, of any form, on one of the names."""
    name = draw(st.sampled_from(names))
    denied = draw(st.sampled_from(["", "", "not "]))
    form = draw(st.sampled_from(["order", "equal", "near", "percent", "between", "name"]))
    number = draw(NUMBERS)
    if form == "order":
        return f"{denied}{name} {draw(RELATIONS)} {number}"
    if form == "between":
        low, high = sorted((number, draw(NUMBERS)), key=float)
        if float(low) == float(high):
            high = f"{float(low) + 1:g}"
        return f"{denied}{low} {draw(st.sampled_from(['<', '<=']))} {name} {draw(st.sampled_from(['<', '<=']))} {high}"
    if form == "name" and len(names) > 1:
        return f"{denied}{name} {draw(RELATIONS)} {draw(st.sampled_from([each for each in names if each != name]))}"
    if form == "near":
        return f"{denied}{name} = {number} ± {draw(st.integers(0, 30)) / 10:g}"
    if form == "percent":
        return f"{denied}{name} = {number} ± {draw(st.integers(0, 200)):g}%"
    return f"{denied}{name} = {number}"


def edges(checks):
    """Return numbers on and beside all that the checks name, and between."""
    marks = {0.0}
    for check in checks:
        sides = [check.expected, *([check.lower.expected] if check.lower else [])]
        for each in (float(text) for text in sides if not text.isidentifier()):
            reach = check.allowed(each) if check.relation == "=" else 0.0
            marks |= {each, each - reach, each + reach}
    ordered = sorted(round(mark, 9) for mark in marks)  # binary floating point misses an edge by a hair
    between = [(one + other) / 2 for one, other in itertools.pairwise(ordered)]
    beside = [mark + step for mark in ordered for step in (-1e-6, 0.0, 1e-6)]
    return [*between, *beside, ordered[0] - 100, ordered[-1] + 100]


def accepts(checks, values):
    return all(check.judge(values).holds for check in checks)


@given(old=lines(), new=st.lists(lines(), min_size=1, max_size=3))
def test_a_check_follows_unless_some_number_passes_that_was_refused(old, new):
    before, now = parse_checks(old), parse_checks("\n".join(new))
    passing = [x for x in edges([*before, *now]) if accepts(now, {"x": x}) and not accepts(before, {"x": x})]
    assert follows(before[0], now) == (not passing), passing


@given(old=lines(("x", "y")), new=st.lists(lines(("x", "y", "z")), min_size=1, max_size=3), data=st.data())
def test_what_follows_holds_of_several_numbers_too(old, new, data):
    before, now = parse_checks(old), parse_checks("\n".join(new))
    values = {name: data.draw(st.sampled_from(edges([*before, *now]))) for name in "xyz"}
    if accepts(now, values) and not accepts(before, values):
        assert not follows(before[0], now)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 3.0", "x = 3.00"),
        ("x = 0.86 ± 0.01", "x = 0.86"),
        ("x = 100 ± 5%", "x = 100 ± 2"),
        ("x > 1", "1 < x < 2"),
        ("1 < x < 2", "x > 1\nx < 1.5"),
        ("x < z", "x < y\ny <= z"),
        ("x = y ± 0.5", "x = y"),
        ("x = y ± 5%", "x = y ± 2%"),
        ("not 1 < x < 2", "x > 3"),
        ("x <= 4", "not x > 4"),
        ("x < 1_000", "x < 1e3"),
    ],
)
def test_a_check_that_is_narrower_or_the_same_loosens_nothing(old, new):
    assert follow(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 0.700000", "x = 1"),
        ("x = 0.86 ± 0.01", "x = 0.86 ± 1"),
        ("x < 1e-9", "x < 1e-7"),
        ("1 < x < 2", "x > 1"),
        ("1 < x < 2", "1 <= x < 2"),
        ("x = 3", "x < 4"),
        ("x > y", "x > z"),
        ("x > y", "x >= y"),
        ("x = y ± 2%", "x = y ± 5%"),
        ("x = y ± 2%", "x = y ± 2"),
        ("x = 100 ± 2%", "x = 100 ± 3"),
        ("not 1 < x < 2", "not 1 < x < 1.5"),
        ("x > 1", "y > 1"),
    ],
)
def test_a_check_that_accepts_more_is_loosened(old, new):
    assert not follow(old, new)


def test_many_denied_checks_are_told_in_a_moment():
    many = "\n".join(f"not {n} < x < {n + 1}" for n in range(40))
    assert not follow("x > 100", many)
