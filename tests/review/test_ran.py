"""How a chapter ran, handed on as data: all of it comes back, and nothing else is taken for it."""

import json
import math

import pytest

from exegesis.execution.failure import Failure
from exegesis.review.ran import Cost, Ran, ran_data, read_ran
from exegesis.review.state import Picture

RAN = Ran(
    1.5,
    Failure(3, "the cell raises", traceback="..."),
    [Cost(2, 0.5, 100.0)],
    {"sum": {"y": 0.1 + 0.2, "low": -math.inf}, "only": {"": 3.0}},
    {"word": "it is a word"},
    [Picture("figure", "What it shows", "image/png", b"\x89PNG\xff")],
    [Failure(4, "the cell reads the clock", "show what does not depend on time")],
)


def told(**changed):
    whole = {"chapter": "tiny", "file": "tiny.md", "verdict": "holds", "claims": [], "text": [], "faults": []}
    return json.dumps(whole | {"ran": ran_data(RAN) | changed}, allow_nan=False)


def test_all_of_it_comes_back():
    assert read_ran(told()) == RAN
    nan = read_ran(told(values={"sum": {"y": "nan"}})).values["sum"]["y"]
    assert math.isnan(nan)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "it is too deep"),
        ("{}", r"\$ has not the form"),
        (told(values={"sum": {"y": "3 or so"}}), r"\$.ran.values.sum.y has not the form"),
        (told(pictures=[{"name": "a", "caption": "", "kind": "text/html", "data": ""}]), "kind has not the form"),
        (told(pictures=[{"name": "a", "caption": "", "kind": "image/png", "data": "\x1b"}]), "data has not the form"),
        (told(more=1), r"\$.ran has not the form"),
    ],
)
def test_what_has_not_the_form_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        read_ran(text)
