"""Two texts side by side: what differs, with a little around it, and the words that do."""

from hypothesis import given
from hypothesis import strategies as st

from exegesis.review.sides import rows

LINES = st.lists(st.sampled_from(["one", "two", "three words here", "", "four words there"]), max_size=8)


def text(line):
    return "".join(piece.text for piece in line.pieces)


def test_the_words_of_a_line_that_differ():
    (place,) = rows("a\nthe error is 3\nb", "a\nthe error is 30\nb")
    assert [row.same for row in place] == [True, False, True]
    assert [(piece.text, piece.changed) for piece in place[1].new.pieces] == [("the error is ", False), ("30", True)]
    assert (place[1].old.number, place[1].new.number) == (2, 2)


def test_lines_that_are_new_or_gone_have_one_side():
    (place,) = rows("a\nb", "a\nb\nc\nd")
    assert [(row.old, text(row.new)) for row in place[2:]] == [(None, "c"), (None, "d")]


def test_the_same_text_has_no_place():
    assert rows("a\nb", "a\nb") == []


@given(LINES, LINES)
def test_each_line_that_differs_is_there_once_and_whole(old, new):
    found = [row for place in rows("\n".join(old), "\n".join(new)) for row in place]
    for side, lines in (("old", old), ("new", new)):
        shown = [getattr(row, side) for row in found if getattr(row, side)]
        numbers = [line.number for line in shown]
        assert numbers == sorted(set(numbers))
        assert all(text(line) == "\n".join(lines).splitlines()[line.number - 1] for line in shown)
