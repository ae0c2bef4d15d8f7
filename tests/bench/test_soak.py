"""What a soak does to a book, and what it takes for wrong."""

import random
import subprocess
import sys

import pytest

from bench.book import write_ours
from bench.measure import BenchError
from bench.soak import BREAKS, Soak


@pytest.fixture
def soak(tmp_path):
    return Soak(write_ours(tmp_path, 2), 2, random.Random(1), 0)


def ended(status, words=""):
    code = f"import sys; sys.stderr.write({words!r}); sys.exit({status})"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("name", BREAKS)
def test_each_way_to_break_a_page_changes_it(soak, name):
    for text in soak.good.values():
        assert BREAKS[name](text) != text


def test_what_was_broken_is_mended_with_the_edits_that_were_made_meanwhile(soak):
    soak.shatter()
    soak.shatter()
    assert soak.broken.keys() == set(soak.pages)
    for _ in range(6):
        soak.edit()
    for page in soak.pages:
        assert page.read_text("utf-8", errors="surrogateescape") != soak.good[page]
    soak.run(server=0)
    assert not soak.broken
    for page in soak.pages:
        assert page.read_text("utf-8") == soak.good[page]
        assert "number" in soak.good[page] or "edited" in soak.good[page]


@pytest.mark.parametrize(("broken", "status", "words"), [(False, 1, ""), (True, 0, ""), (False, 0, "Traceback (most")])
def test_a_build_that_says_the_wrong_thing_ends_the_soak(soak, broken, status, words):
    if broken:
        soak.shatter()
    with pytest.raises(BenchError, match="a build ended with"):
        soak._judge(ended(status, words))


def test_builds_that_say_what_is_so_are_fine(soak):
    soak._judge(ended(0), ended(0))
    soak.shatter()
    soak._judge(ended(1), ended(1))
