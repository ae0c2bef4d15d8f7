"""The build holds chapters to the contract, by the rules of 'exegesis check', where the book asks for it."""

import pytest

from tests.tiny import TinyBook, chapter, write_book

CHAPTER = chapter("""\
# One

The secnod word, and [a link](#nowhere).
""")
SPELLING = (
    "book/papers/one.md:19: 'secnod' is no word that is known; did you mean 'second'?; "
    "correct it, or add it to book/words.txt"
)


def messages(folder, **config):
    return TinyBook(folder, exegesis_contract=True, **config).messages


def test_a_book_that_does_not_ask_is_not_held_to_it(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": chapter("# One\n\nThe secnod word.\n")}))
    assert book.messages == []


def test_faults_are_told_at_their_lines_and_none_twice(tmp_path):
    told = messages(write_book(tmp_path, {"one": CHAPTER}))
    assert SPELLING in told
    assert len(told) == len(set(told))
    assert len([each for each in told if "nowhere" in each]) == 1, "the build follows links by itself"
    assert any("the section 'In short' is missing" in each for each in told)


def test_they_stay_until_they_are_mended(tmp_path):
    write_book(tmp_path, {"one": CHAPTER})
    assert messages(tmp_path) == messages(tmp_path)
    (tmp_path / "book/words.txt").write_text("secnod\n", encoding="utf-8")
    assert SPELLING not in messages(tmp_path)
    (tmp_path / "book/words.txt").write_text("another\n", encoding="utf-8")
    assert SPELLING in messages(tmp_path), "the list of words is what the page depends on"


@pytest.mark.parametrize("parallel", [0, 2])
def test_a_rule_can_be_left_out(tmp_path, parallel):
    write_book(tmp_path, {f"chapter-{n}": CHAPTER for n in range(6)} | {"one": CHAPTER})
    told = messages(tmp_path, suppress_warnings=["exegesis.spelling"], parallel=parallel)
    assert not any("secnod" in each for each in told)
    assert len([each for each in told if "'In short' is missing" in each]) == 7


def test_what_the_run_tells_is_not_told_by_the_rules_too(tmp_path):
    cell = "```{code-cell} python\nimport numpy as np\nlow = np.random.default_rng().integers(1)\nlow\n```\n"
    told = messages(write_book(tmp_path, {"one": chapter(f"# One\n\n{cell}")}))
    assert told and not any("draws without a seed" in each for each in told)
