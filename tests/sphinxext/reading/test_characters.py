"""Characters that nobody sees are told at their line."""

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book


@pytest.mark.parametrize("text", ["a \x07 b", "a\u200bb", "`x\u202e(1)`", "a\ufeffb"])
def test_it_is_told_at_its_line(tmp_path, text):
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert "nobody sees" in fault.what
    assert fault.line == FRONT.count("\n") + 4


def test_letters_of_other_scripts_and_joiners_pass(tmp_path):
    text = "\u05e9\u05dc\u05d5\u05dd, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645, caf\u00e9,\tand\u00a0more"
    assert TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})).messages == []
