import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.checks import ONLY, CheckError, parse_checks, parse_said, read_values


def holds(line, **values):
    (check,) = parse_checks(line)
    return check.judge(values or {}).holds


def holds_alone(line, value):
    (check,) = parse_checks(line)
    return check.judge({ONLY: value}).holds


@pytest.mark.parametrize(
    ("line", "inside", "outside"),
    [
        ("= 155", 155.4, 155.6),
        ("= 0.31", 0.3149, 0.3151),
        ("= 3.50e6", 3_504_872, 3_505_001),
        ("= 3.4e6", 3_449_999, 3_504_872),
        ("= 1_000", 1000.4, 1000.6),
        ("= 0.31 ± 0.02", 0.3299, 0.3301),
        ("= 200 ± 5%", 209.9, 210.1),
        ("= 200 ± 5 percent", 190.1, 189.9),
        ("= -3", -3.4, -2.4),
    ],
)
def test_equality_means_what_its_digits_print(line, inside, outside):
    assert holds_alone(line, inside)
    assert not holds_alone(line, outside)


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [("< 2", 2, False), ("<= 2", 2, True), ("> 2", 2, False), (">= 2", 2, True), ("> 1.9", 2, True)],
)
def test_bounds_are_exact(line, value, expected):
    assert holds_alone(line, value) is expected


def test_a_check_can_compare_two_names():
    assert holds("plain > residual", plain=0.4, residual=0.1)
    assert not holds("plain > residual", plain=0.1, residual=0.4)
    assert holds("a = b ± 0.1", a=1.0, b=1.05)
    assert not holds("a = b", a=1.0, b=1.05)


@pytest.mark.parametrize("relation", ["=", "<", "<=", ">", ">="])
def test_nan_never_holds(relation):
    assert not holds_alone(f"{relation} 1", math.nan)
    assert not holds(f"a {relation} b", a=1.0, b=math.nan)


@pytest.mark.parametrize("line", ["= 1", "< 1"])
def test_infinity_is_not_near_a_number(line):
    assert not holds_alone(line, math.inf)


@pytest.mark.parametrize(
    "text", ["", "a", "= ", "== 3", "a = 3 4", "a < 3 ± 1", "a ~ 3", "a = 3 ± b", "3 = a", "a != 3", "= 1e", "= ."]
)
def test_what_is_no_check_is_refused_with_a_reason(text):
    with pytest.raises(CheckError, match="write"):
        parse_checks(text)


@pytest.mark.parametrize(
    ("line", "widened"),
    [
        ("= 0.31", False),
        ("= 0.31 ± 0.005", False),
        ("= 0.31 ± 0.02", True),
        ("= 0.31 ± 10%", True),
        ("a = b ± 1", True),
    ],
)
def test_a_tolerance_wider_than_the_digits_is_noticed(line, widened):
    assert parse_checks(line)[0].widened is widened


def test_a_name_that_the_cell_does_not_give_is_told_with_those_it_gives():
    with pytest.raises(CheckError, match=r"no number named 'depth' .*gives plain"):
        holds("depth = 3", plain=1.0)
    with pytest.raises(CheckError, match="leave the name out"):
        parse_checks("depth = 3")[0].judge({ONLY: 3.0})


def test_what_is_said_is_held_to_its_own_digits():
    checks = parse_checks("= 155")
    said = parse_said("150 (the abstract's figure)", checks)
    assert said.words == "the abstract's figure"
    assert not said.passes({ONLY: 155})
    assert said.passes({ONLY: 150.3})


def test_what_is_said_names_its_number_where_there_are_several():
    checks = parse_checks("a = 1\nb = 2")
    assert parse_said("b 3", checks).name == "b"
    with pytest.raises(CheckError, match="begin ':said:' with the name"):
        parse_said("3", checks)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3504872", {ONLY: 3504872}),
        ("-1.5e-3", {ONLY: -0.0015}),
        ("np.float64(0.25)", {ONLY: 0.25}),
        ("np.int64(-7)", {ONLY: -7}),
        ("{'a': 1, 'b': np.float32(0.5)}", {"a": 1, "b": 0.5}),
        ("inf", {ONLY: math.inf}),
        ("-inf", {ONLY: -math.inf}),
    ],
)
def test_values_are_read_as_python_prints_them(text, values):
    assert read_values(text) == values


def test_nan_is_read_as_nan():
    assert math.isnan(read_values("nan")[ONLY])


@pytest.mark.parametrize(
    "text",
    ["True", "np.True_", "'0.3'", "[1, 2]", "{'a': True}", "{'a': 'x'}", "{}", "{'a b': 1}", "{1: 2}", "array(3)",
     "<object at 0x7f>", "None", "{'a': {'b': 1}}", "__import__('os')", "{**a}", ""],
)  # fmt: skip
def test_what_is_no_number_is_refused(text):
    with pytest.raises(CheckError):
        read_values(text)


@given(st.dictionaries(st.from_regex(r"[a-z_]\w{0,8}", fullmatch=True), st.floats(allow_nan=False), min_size=1))
def test_reading_undoes_printing(values):
    assert read_values(repr(values)) == values


@given(st.floats(min_value=-1e12, max_value=1e12), st.integers(0, 6))
def test_a_number_passes_the_check_of_its_own_rounding(value, digits):
    assert holds_alone(f"= {value:.{digits}f}", value)


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_fail_otherwise_than_by_its_own_error(text):
    for read in (read_values, parse_checks):
        with contextlib.suppress(CheckError):
            read(text)


@pytest.mark.parametrize(
    ("line", "values", "expected"),
    [
        ("0.05 < gain < 0.2", {"gain": 0.1}, True),
        ("0.05 < gain < 0.2", {"gain": 0.05}, False),
        ("0.05 <= gain <= 0.2", {"gain": 0.05}, True),
        ("0.05 < gain < 0.2", {"gain": 0.3}, False),
        ("low < gain < high", {"low": 1, "gain": 2, "high": 3}, True),
        ("low < gain < 2.5", {"low": 2, "gain": 2, "high": 3}, False),
        ("0 < gain < 1", {"gain": math.nan}, False),
        ("low < gain < 1", {"gain": 0.5, "low": math.nan}, False),
        ("not gain > 0.1", {"gain": 0.05}, True),
        ("not gain > 0.1", {"gain": 0.2}, False),
        ("not gain > 0.1", {"gain": math.nan}, False),
        ("not 0 < gain < 1", {"gain": 2}, True),
        ("not gain = 3 ± 1", {"gain": 5}, True),
    ],
)
def test_a_check_has_two_sides_or_is_denied(line, values, expected):
    assert holds(line, **values) is expected


@pytest.mark.parametrize("line", ["0.05 < gain <= high", "not a > 1", "a = 3 ± 5%", "not low <= a < 2", "= 3"])
def test_a_check_is_written_as_it_is_read(line):
    assert str(parse_checks(line)[0]) == line
    assert parse_checks(str(parse_checks(line)[0])) == parse_checks(line)


def test_a_verdict_says_what_comes_out_whatever_the_line_says():
    (denied,) = parse_checks("not gain > 0.1")
    assert (denied.judge({"gain": 0.05}).comes_out, denied.judge({"gain": 0.05}).words) == (False, "does not hold")
    assert denied.judge({"gain": 0.2}).comes_out
    assert not denied.judge({"gain": math.nan}).comes_out
    (two,) = parse_checks("low < gain < high")
    assert two.judge({"low": 1.0, "gain": 2.0, "high": 3.0}).shown == "2 against 1 and 3"
    assert two.names == {"low", "gain", "high"}


def test_an_order_is_said_too():
    said = parse_said("needed <= 90 (a blog)", parse_checks("needed = 155\nother = 1"))
    assert (said.name, said.text, said.words) == ("needed", "needed <= 90", "a blog")
    assert said.passes({"needed": 80})
    assert not said.passes({"needed": 155})
    alone = parse_said("< 90", parse_checks("needed = 155"))
    assert (alone.name, alone.text) == ("needed", "needed < 90")
    assert parse_said("10 < needed < 90", parse_checks("needed = 155")).text == "10 < needed < 90"


@pytest.mark.parametrize("text", ["9" * 400, "-" * 100_000 + "1", "1\x00", "(" * 1000, "9" * 5000])
def test_a_value_that_nobody_would_print_is_refused(text):
    with pytest.raises(CheckError):
        read_values(text)
