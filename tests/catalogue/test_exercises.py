import pytest

from exegesis.catalogue import CheckError
from exegesis.catalogue.exercises import read_exercise

LINES = """\
:title: Add them up
:check: |
  total = 45 (the sum of all ten)
  0 < first < total
:hints: |
  - They come in pairs.
  - Each pair has the same sum,
    whichever you take.
What is the sum
of the first ten numbers?
""".splitlines()


def test_an_exercise_is_read():
    read = read_exercise("adding", LINES)
    assert (read.id, read.title, read.anchor) == ("adding", "Add them up", "exercise-adding")
    assert list(map(str, read.wanted)) == ["total = 45 (the sum of all ten)", "0 < first < total"]
    assert [wanted.words for wanted in read.wanted] == ["the sum of all ten", ""]
    assert read.hints == ("They come in pairs.", "Each pair has the same sum,\nwhichever you take.")
    assert read.text == "What is the sum\nof the first ten numbers?"


def test_numbers_are_held_against_each_check():
    read = read_exercise("adding", LINES)
    assert [verdict.holds for verdict in read.judge({"total": 45, "first": 50})] == [True, False]
    with pytest.raises(CheckError, match="no number named 'first'"):
        read.judge({"total": 45})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (":title: Add them up", ":tittle: Add", "unknown option 'tittle'; did you mean 'title'"),
        (":title: Add them up", ":title:", "'title' is missing"),
        ("  total = 45 (", "  total is 45 (", "is no check"),
        ("  total = 45 (", "  not total = 45 (", "says what does not hold"),
        ("  - They", "  They", "begins no hint; write '- '"),
    ],
)
def test_what_cannot_be_read_is_told(old, new, told):
    lines = [line.replace(old, new) for line in LINES]
    assert lines != LINES
    with pytest.raises(CheckError, match=told):
        read_exercise("adding", lines)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([":title: T"], "it asks nothing"),
        ([":title: T", ":check: |", "  ", "Q"], "the check is empty"),
        ([":title: T", ":hints: |", "  ", "Q"], "'hints' is empty"),
    ],
)
def test_what_is_empty_is_told(lines, told):
    with pytest.raises(CheckError, match=told):
        read_exercise("adding", lines)


def test_names_are_slugs_and_stand_once():
    with pytest.raises(CheckError, match="no slug"):
        read_exercise("Adding", LINES)
    with pytest.raises(CheckError, match="one of this name before"):
        read_exercise("adding", LINES, ["adding"])


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((1, 1, 0, 0), ""),
        ((1, 1, 1, 1), ""),
        ((0, 1, 0, 0), "it has no starter; write ':starter: adding'"),
        ((1, 0, 0, 1), "it has no solution; write ':solution: adding'"),
        ((1, 2, 0, 0), "2 cells bear its name"),
        ((1, 1, 2, 0), "2 cells measure its answer"),
        ((1, 1, 0, 2), "2 solutions bear its name"),
    ],
)
def test_the_parts_of_a_checked_exercise(parts, told):
    wrong = read_exercise("adding", LINES).unfit(*parts)
    assert wrong.startswith(told) if told else wrong == ""


@pytest.mark.parametrize(
    ("parts", "told"),
    [((0, 0, 0, 1), ""), ((0, 0, 0, 0), "it has no solution"), ((1, 0, 0, 1), "it has cells and no check")],
)
def test_an_exercise_to_think_about_has_words_alone(parts, told):
    wrong = read_exercise("adding", [":title: T", "Why?"]).unfit(*parts)
    assert wrong.startswith(told) if told else wrong == ""
