"""What a review found, as data: numbers that changed, how long a chapter is, what differs of its text."""

import json
import math

from exegesis.review.report import Number, changed_numbers, finite, lines_of, size_of
from exegesis.review.state import read_state
from tests.doubt.tiny import cell
from tests.review.tiny import CODE, NAME, Texts, chapter, claim, compared, proof, side


def test_numbers_that_changed_by_the_names_that_claims_have_now():
    before = {"sum": {"y": 3.0, "z": 1.0, "n": math.nan}, "gone": {"": 1.0}}
    now = {"total": {"y": 3.5, "z": 1.0, "n": math.nan}, "new": {"a": 2.0}}
    found = changed_numbers(before, now, {"total": "sum"})
    assert found == [Number("total", "y", 3.0, 3.5), Number("new", "a", None, 2.0), Number("gone", "", 1.0, None)]
    assert [str(each) for each in found] == ["total.y: 3 -> 3.5", "new.a: none -> 2", "gone: 1 -> none"]


def test_numbers_that_json_has_not():
    assert [finite(each) for each in (1.5, math.nan, math.inf, -math.inf)] == [1.5, None, None, None]
    assert json.dumps(finite(2.0), allow_nan=False) == "2.0"


def test_how_long_a_chapter_is():
    words = "Four words stand here, and {cite:t}`one,two`; again {cite:p}`one`."
    text = chapter(words, CODE, cell("plt.show()"), proof())
    state = read_state(Texts({NAME: text}), side({}).layout, NAME)
    assert size_of(state) == {"words": 7, "cells": 3, "code": 5, "figures": 1, "citations": 2}


def test_lines_that_are_new_and_gone():
    before = chapter(CODE, proof(), claim())
    assert lines_of(compared(before, before + "one\ntwo\n")) == (2, 0)
    assert lines_of(compared(before, before.replace("y = 3.0", "y = 3"))) == (1, 1)
    assert lines_of(compared(None, before))[1] == 0
