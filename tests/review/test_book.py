"""Two states of a book: chapters that are new, gone, renamed or changed, and settings that hold all to less."""

from pathlib import Path

import pytest

from exegesis.review.book import compare_books, path_before, read_side
from exegesis.text import UnreadableError
from tests.review.tiny import CODE, NAME, Texts, chapter, claim, proof, side

TEXT = chapter(CODE, proof(), claim())
CONFIG = "sphinx:\n  config:\n    exegesis_contract: true\n"
BOOK = {NAME: TEXT, "_config.yml": CONFIG, "book/papers/.ipynb_checkpoints/x.md": "a copy"}


def changed(now, before=BOOK):
    return compare_books(side(before), side(now))


def status(found):
    return {each.slug: each.status for each in found.chapters}


def test_the_same_book():
    found = changed(BOOK)
    assert (found.chapters, found.same, found.weakenings) == ([], 1, [])


def test_chapters_that_are_new_or_changed():
    found = changed(
        BOOK | {"book/papers/other.md": TEXT.replace("first2001paper", "second2002paper"), NAME: TEXT + "x"}
    )
    assert status(found) == {"other": "new", "tiny": "changed"}
    assert [claim.id for claim in found.chapters[0].match.gained] == ["sum"]
    assert found.weakenings == []


def test_a_chapter_that_is_gone():
    gone = {name: text for name, text in BOOK.items() if name != NAME}
    found = changed(gone)
    assert status(found) == {"tiny": "gone"}
    assert [each.subject for each in found.weakenings] == ["chapter tiny -> gone"]
    why = "# exegesis: weakened `chapter tiny -> gone` the paper was withdrawn\n"
    found = changed(gone | {"_config.yml": why + CONFIG})
    assert [each.reason for each in found.weakenings] == ["the paper was withdrawn"]
    assert found.faults == []


def test_a_chapter_with_another_name_is_held_against_what_it_was():
    gone = {name: text for name, text in BOOK.items() if name != NAME}
    found = changed(gone | {"book/papers/small.md": TEXT.replace("y = 3.0", "y = 3")})
    assert status(found) == {"small": "renamed"}
    assert [each.subject for each in found.chapters[0].weakenings] == ["sum: check y = 3.0 -> y = 3"]
    assert path_before(side(BOOK), side(gone | {"book/papers/small.md": TEXT}), "small") == NAME


def test_a_chapter_whose_tests_alone_changed():
    test = "tests/papers/test_tiny.py"
    found = changed(BOOK | {test: ""}, BOOK | {test: "def test_f():\n    assert definitions('tiny').f\n"})
    assert [each.subject for each in found.chapters[0].weakenings] == ["function f -> no test", "test test_f -> gone"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("exegesis_contract: true", "exegesis_contract: false", "setting nothing -> no contract"),
        ("exegesis_contract: true", "exegesis_contract: true\n    exegesis_uses: [clock]", "cells may use: clock"),
        ("exegesis_contract: true", "exegesis_contract: true\n    suppress_warnings: [exegesis.import]", "not told"),
        ("sphinx:", "execute: {allow_errors: true}\nsphinx:", "setting nothing -> cells may fail"),
        ("sphinx:", "execute: {execute_notebooks: 'off'}\nsphinx:", "setting nothing -> nothing is run"),
    ],
)
def test_settings_that_hold_all_chapters_to_less(old, new, told):
    now = BOOK | {"_config.yml": CONFIG.replace(old, new)}
    (weaker,) = changed(now).weakenings
    assert told in weaker.subject
    assert changed(BOOK, now).weakenings == []


def test_settings_that_are_code_now():
    """A conf.py would be run, so nothing is known of it."""
    now = {name: text for name, text in BOOK.items() if name != "_config.yml"} | {"conf.py": "raise SystemExit"}
    assert [each.subject for each in changed(now).weakenings] == ["setting _config.yml -> gone"]


def test_papers_may_stand_elsewhere():
    moved = {"text/tiny.md": TEXT, "_config.yml": CONFIG + "    exegesis_papers: text\n"}
    found = changed(moved)
    assert status(found) == {"tiny": "renamed"}
    assert found.chapters[0].weakenings == []


def test_settings_that_cannot_be_read():
    with pytest.raises(UnreadableError):
        read_side(Texts({"_config.yml": "a: ["}), Path("/nowhere"))
    assert read_side(Texts({"_config.yml": "just words"}), Path("/nowhere")).given == {}
