"""A chapter begins with a text in which nothing is wrong but what nobody could know."""

from exegesis.catalogue.load import load_catalogue
from exegesis.contract.beginning import BLANK, beginning
from tests.tiny import write_book


def faults(folder, **known):
    write_book(folder, {"my-paper": beginning(**(BLANK | known))})
    return [fault.what for fault in load_catalogue(folder).faults]


def test_each_blank_but_the_author_is_told(tmp_path):
    assert faults(tmp_path) == [
        "'date' is not right",
        f"'{BLANK['keyword']}' is no keyword",
        f"there is no paper '{BLANK['key']}'",
    ]


def test_filled_in_it_has_no_fault(tmp_path):
    assert faults(tmp_path, date="2026-01-31", key="first2001paper", keyword="testing") == []


def test_what_stands_for_markup_in_a_title_is_text():
    assert "\n# A \\$5 \\_note\\_\n" in beginning(**(BLANK | {"title": "A $5 _note_"}))
