"""A test that is gone, is skipped or asserts less is told, and a function that no test reaches any more."""

import pytest

from tests.review.tiny import CODE, NAME, chapter, claim, proof, subjects

TESTS = "tests/papers/test_tiny.py"
TEXT = chapter(CODE, proof(), claim())
TEST = """\
import numpy as np
import pytest
from tests.chapters import definitions

chapter = definitions("tiny")


@pytest.mark.parametrize("x", [1, 2, 3])
def test_it_adds_one(x):
    np.testing.assert_allclose(chapter.f(x), x + 1, rtol=1e-9)
    assert chapter.f(x) > x


def test_another():
    assert chapter
"""


def told(old, new, text=TEXT):
    return subjects({NAME: TEXT, TESTS: old}, {NAME: text, TESTS: new})


def test_the_same_tests_are_as_strong():
    assert told(TEST, TEST) == []
    assert told(TEST, TEST + "\n\ndef test_more():\n    assert True\n") == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("def test_another():\n    assert chapter\n", "", "test test_another -> gone"),
        ("    assert chapter.f(x) > x\n", "", "test test_it_adds_one: 2 assertions -> 1"),
        ("rtol=1e-9", "rtol=1e-1", "test test_it_adds_one: rtol=1e-09 -> rtol=0.1"),
        ("[1, 2, 3]", "[1]", "test test_it_adds_one: 3 examples -> 1"),
        ("def test_another", "@pytest.mark.xfail\ndef test_another", "test test_another: run -> xfail"),
        ("    assert chapter\n", "    pytest.skip()\n    assert chapter\n", "test test_another: run -> skip"),
    ],
)
def test_what_is_weaker(old, new, what):
    assert told(TEST, TEST.replace(old, new)) == [what]


def test_a_test_may_have_another_name():
    assert told(TEST, TEST.replace("test_another", "test_it_is_there")) == []


def test_a_function_that_no_test_reaches_any_more():
    assert told(TEST, TEST.replace("chapter.f(x)", "(x + 1)")) == ["function f -> no test"]


def test_a_function_that_is_gone_needs_none():
    code = CODE.replace("def f(x):\n    return x + 1.0\n\ny = f(2)", "y = sum([2, 1.0])")
    assert "function f -> no test" not in told(TEST, TEST.replace("chapter.f(x)", "(x + 1)"), TEXT.replace(CODE, code))


def test_all_tests_that_name_the_chapter_are_its_own():
    old = {NAME: TEXT, "tests/test_book.py": "def test_x():\n    assert definitions('papers/tiny.md').f(1) == 2\n"}
    assert subjects(old, old | {"tests/test_book.py": ""}) == ["test test_x -> gone", "function f -> no test"]


def test_tests_that_cannot_be_read_are_none():
    assert "test test_another -> gone" in told(TEST, "def test_another(:\n")
