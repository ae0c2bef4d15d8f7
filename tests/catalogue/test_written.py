"""A number in a text is what a cell gives, to half a unit of its last digit; else the one to write is told."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.checks import ONLY, CheckError
from exegesis.catalogue.written import plainly, read_written


def told(content, **values):
    try:
        read_written(content).check(values)
    except CheckError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".53", 0.5349),
        ("0.53", 0.525001),
        ("97.7 %", 0.9766),
        ("97.7%", 97.73),
        ("97.7 percent", 97.73),
        ("150 %", 1.5),
        ("3,504,872", 3504872),
        ("1,234.5", 1234.46),
        ("-3", -3.2),
        ("−3", -3.2),
        ("3.5e6", 3_504_872),
        ("seven", 7),
        ("Seven", 7.2),
        ("0", 0.4),
    ],
)
def test_a_number_that_is_what_comes_out_passes(text, value):
    assert told(f"{text} <cell.name>", name=value) == ""


@pytest.mark.parametrize(
    ("text", "value", "better"),
    [
        (".53", 0.5351, ".54"),
        (".53", -0.5351, "-.54"),
        ("0.53", 1.5, "1.50"),
        ("97.7 %", 0.512, "51.2 %"),
        ("97.7%", 51.23, "51.2%"),
        ("0.5 %", 0.5, "50.0 %"),
        ("3,504,872", 3504971, "3,504,971"),
        ("−3", -4.2, "−4"),
        ("3.5e6", 3_604_872, "3.6e+06"),
        ("seven", 8.2, "eight"),
        ("seven", 17, "17"),
        ("1.5e3", 1.2e-308, "0.0e+00"),
        ("7", math.inf, "inf in words"),
        ("7", math.nan, "nan in words"),
    ],
)
def test_a_number_out_of_step_is_told_with_the_one_to_write(text, value, better):
    assert told(f"{text} <cell.name>", name=value).partition("; write ")[2].startswith(better)


@given(st.floats(-1e9, 1e9), st.sampled_from([".53", "0.5", "1,000", "50 %", "5%", "1.5e3", "−3", "seven", "42"]))
def test_the_number_to_write_passes(value, text):
    better = told(f"{text} <cell.name>", name=value).partition("; write ")[2]
    assert not better or told(f"{better} <cell.name>", name=value) == ""


def test_the_number_is_known_by_its_name():
    assert "gives no number named 'end'; write <cell.start>" in told("3 <cell.end>", start=3)
    assert "gives several; write <cell.a> or <cell.b>" in told("3 <cell>", a=3, b=4)
    assert "write <cell>" in told("3 <cell.a>", **{ONLY: 3})
    assert told("3 <cell>", **{ONLY: 3}) == ""


@pytest.mark.parametrize("content", ["", "3", "3 <>", "<a>", "x <a>", "3 <a b>", "3 <A>", "1,23 <a>", "1e999 <a>"])
def test_what_names_no_number_is_told_with_its_mend(content):
    with pytest.raises(CheckError, match="; write"):
        read_written(content)


@given(st.text(alphabet="0123456789.,eE+-− %<>ab\n", max_size=20) | st.text(max_size=20), st.floats())
def test_whatever_is_typed_gives_a_number_or_a_fault(content, value):
    with contextlib.suppress(CheckError):
        read_written(content).check({ONLY: value, "a": value})


def test_a_text_has_its_numbers_without_the_role():
    heard = []
    assert plainly("From {value}`.53 <a.b>` to {value}`7\n<c>`, `x`.", heard.append) == "From .53 to 7, `x`."
    assert heard == [".53 <a.b>", "7\n<c>"]
    assert plainly("{value}`broken`") == "broken"
