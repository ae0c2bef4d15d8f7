from hypothesis import given
from hypothesis import strategies as st

from exegesis.doubt.changes import changes_of
from exegesis.doubt.kinds import Kinds
from exegesis.doubt.sample import EACH, drawn, sample
from exegesis.slicing.pruning import pruned

CODE = "\n".join(f"a{i} = {i}.5 - b{i}\nf(a{i}, b{i})" for i in range(30))
ALL = changes_of([CODE], pruned([CODE]).trees, Kinds({"": {"f": "function of x, y"}}))


def test_a_claim_has_its_share():
    slices = {"first": set(range(20)), "second": {50}}
    chosen = sample(ALL, slices, "seed")
    assert len([change for change in chosen if change.top in slices["first"]]) == EACH
    assert [c for c in chosen if c.top == 50] == sorted(c for c in ALL if c.top == 50)


@given(st.permutations(ALL))
def test_the_order_of_the_changes_decides_nothing(changes):
    assert drawn(changes, EACH, "seed") == drawn(ALL, EACH, "seed")


def test_another_chapter_has_another_sample():
    assert drawn(ALL, EACH, "seed") != drawn(ALL, EACH, "another")


def test_kinds_have_their_turns_and_wiring_two():
    kinds = [change.kind for change in drawn(ALL, 6, "seed")]
    assert sorted(kinds) == ["arguments", "arguments", "constant", "operator", "statement", "statement"]


@given(st.sampled_from(ALL))
def test_a_change_more_leaves_the_rest_of_the_sample(more):
    before = drawn([change for change in ALL if change != more], EACH, "seed")
    assert len(set(before) - set(drawn(ALL, EACH, "seed"))) <= 1
