"""A claim is found again by its name, or by what it says and how it is proved."""

from exegesis.review.matching import match
from exegesis.review.state import read_state
from tests.review.tiny import CODE, NAME, Texts, chapter, claim, proof, side


def state_of(*parts):
    return read_state(Texts({NAME: chapter(CODE, *parts)}), side({}).layout, NAME)


def names(found):
    return [(old.id, new.id) for old, new in found.pairs], [c.id for c in found.lost], [c.id for c in found.gained]


def test_names_come_first():
    one, other = claim(name="one"), claim(name="other")
    assert names(match(state_of(one, other), state_of(other, one))) == ([("other", "other"), ("one", "one")], [], [])


def test_a_new_name_is_known_by_the_text_or_by_the_cell():
    old = state_of(proof(name="one"), claim(name="one"))
    text = claim(name="two")
    assert match(old, state_of(text)).renamed == [("one", "two")]
    other = text.replace("The sum of two and one, which nobody doubts, is three.", "Words of quite another kind.")
    assert names(match(old, state_of(other))) == ([], ["one"], ["two"])
    assert match(old, state_of(proof(name="two"), other)).renamed == [("one", "two")]


def test_of_two_that_are_alike_the_nearer_one_is_meant():
    near, far = claim(name="near"), claim(name="far").replace("three", "three, or four, or five")
    assert match(state_of(claim(name="one")), state_of(far, near)).renamed == [("one", "near")]
