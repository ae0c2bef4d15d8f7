import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue import load_catalogue
from exegesis.catalogue.shelf import ORDERS, anchors, entries, shelve
from tests.tiny import FRONT, chapter, write_book

SECOND = FRONT.replace("first2001paper", "second2002paper")


@pytest.fixture
def catalogue(tmp_path):
    later = SECOND.replace("2026-01-31", "2026-02-01")
    again = FRONT.replace("2026-01-31", "2026-01-30")
    chapters = {"one": chapter("# O\n"), "two": chapter("# T\n", later), "again": chapter("# A\n", again)}
    return load_catalogue(write_book(tmp_path, chapters))


def shelved(catalogue, order):
    return [(group.value, [entry.paper.key for entry in group.entries]) for group in shelve(catalogue, order)]


def test_papers_come_with_all_their_summaries_latest_first(catalogue):
    found = [(entry.paper.key, [s.slug for s in entry.summaries]) for entry in entries(catalogue)]
    assert found == [("second2002paper", ["two"]), ("first2001paper", ["one", "again"])]


def test_each_order_sorts_as_a_reader_expects(catalogue):
    both = ["second2002paper", "first2001paper"]
    assert shelved(catalogue, "year") == [("2002", both[:1]), ("2001", both[1:])]
    assert shelved(catalogue, "venue") == [("JT", both)]
    assert shelved(catalogue, "keyword") == [("testing", both)]
    assert [value for value, _ in shelved(catalogue, "author")] == ["First Last", "Ann Other", "Bob Third"]


@pytest.mark.parametrize("order", ORDERS)
def test_no_group_is_empty_and_no_anchor_stands_twice(catalogue, order):
    groups = shelve(catalogue, order)
    assert all(group.entries for group in groups)
    assert len({group.anchor for group in groups}) == len(groups)


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_anchors_are_unique_and_fit_for_an_address(values):
    found = anchors("author", values)
    assert len(set(found.values())) == len(values)
    assert all(anchor.isascii() and " " not in anchor for anchor in found.values())


def test_names_that_differ_by_an_accent_have_their_own_anchors():
    found = anchors("author", ["José X", "Jose X", "漢字"])
    assert len(set(found.values())) == 3
    assert anchors("author", ["Jose X"]) == {"Jose X": "author-jose-x"}
