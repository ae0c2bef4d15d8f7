"""What code may not do, in the ways in which it is written."""

import dataclasses

import pytest

from exegesis.contract import check_chapter
from exegesis.contract.code import in_cell
from tests.contract.tiny import tiny_book, told


@pytest.mark.parametrize(
    ("code", "rule", "place"),
    [
        ("from torch import nn", "import", ":20:1:"),
        ("from . import helper", "import", ":20:1:"),
        ("if True:\n    import exegesis.testing", "import", ":21:5:"),
        ("import os", "import", ":20:1:"),
        ("x = 1\ny = = 2", "syntax", ":21:5:"),
        ("x = 1\n  !pip install numpy", "magic", ":21:"),
        ("%%time\nx = 1", "magic", ":20:"),
        ("import requests", "network", ":20:1:"),
        ("mnist = fetch_openml('mnist_784')", "network", ":20:9:"),
        ("data = np.loadtxt('https://example.org/data.txt')", "network", ":20:8:"),
        ("from time import perf_counter", "clock", ":20:1:"),
        ("np.datetime64('now')", "clock", ":20:1:"),
        ("rng = np.random.default_rng(None)", "unseeded", ":20:7:"),
        ("rng = np.random.default_rng(seed=None)", "unseeded", ":20:7:"),
        ("x = norm.rvs(size=3)", "unseeded", ":20:5:"),
        ("from random import choice", "global-seed", ":20:1:"),
        ("def f():\n    return np.random.normal()", "global-seed", ":21:12:"),
        ("open('~/data.csv')", "absolute-path", ":20:6:"),
        (r"open('C:\\data.csv')", "absolute-path", ":20:6:"),
        ("with plt.rc_context({}):\n    pass", "figure-look", ":20:6:"),
        ("ax.plot(x, color='k')", "figure-look", ":20:18:"),
    ],
)
def test_a_fault_is_told_at_its_place(tmp_path, code, rule, place):
    (fault,) = told(tmp_path, "# A\n\n" + in_cell(code), rule)
    assert fault.startswith(f"book/papers/a-paper.md{place} {rule} ")


@pytest.mark.parametrize(
    "code",
    [
        "import numpy.linalg as la\nfrom collections import Counter",
        "rng = np.random.default_rng(3)\nrng.normal()",
        "x = norm.rvs(size=3, random_state=rng)",
        "seeds = np.random.SeedSequence(1).spawn(3)",
        "share = '/'.join(names)\nplt.title('train/test, 3/4')",
        "time = 3.0\nax.plot(x, color='C0')",
        "text = 'see https://example.org'",
    ],
)
def test_what_is_right_passes(tmp_path, code):
    rules = ("import", "syntax", "magic", "network", "clock", "unseeded", "global-seed", "absolute-path", "figure-look")
    assert told(tmp_path, "# A\n\n" + in_cell(code), *rules) == []


def test_empty_lines_of_a_cell_do_not_count(tmp_path):
    code = "\n\n".join(f"x{n} = {n}" for n in range(25))
    assert told(tmp_path, "# A\n\n" + in_cell(code), "cell-length") == []
    assert len(told(tmp_path, "# A\n\n" + in_cell(code + "\ny = 1"), "cell-length")) == 1


@pytest.mark.parametrize(
    ("code", "rule", "use"),
    [
        ("import time\nbegin = time.time()", "clock", "clock"),
        ("rng = np.random.default_rng()", "unseeded", "randomness"),
        ("import requests", "network", "network"),
    ],
)
def test_what_a_tag_or_the_book_allows_passes(tmp_path, code, rule, use):
    plain, tagged = in_cell(code), in_cell(code, f":tags: [uses-{use}]\n\n")
    assert len(told(tmp_path, f"# A\n\n{tagged}\n{plain}", rule)) == 1, "of the cell without the tag"
    assert told(tmp_path, f"# A\n\n{tagged}", rule) == []
    book, path = tiny_book(tmp_path, f"# A\n\n{plain}")
    allowed = dataclasses.replace(book, uses=frozenset((use,)))
    assert check_chapter(allowed, path, path.read_text("utf-8"), codes=[rule]) == []
