"""What a run gave, held against claims and the numbers in the text."""

import pytest

from exegesis.catalogue import Standing
from exegesis.execution.failure import Failure
from exegesis.review.judging import faults_of_run, judged, tied, verdict
from exegesis.review.ran import Ran
from tests.review.test_running import state_of
from tests.review.tiny import CODE, chapter, claim, proof


@pytest.mark.parametrize(
    ("check", "more", "standing", "wrong"),
    [
        ("y = 3.0", "", Standing.HOLDS, ""),
        ("y > 4", "", Standing.FAILS, "'y > 4' does not hold: 3"),
        ("y = 3.0", ":limits: |\n  not y > 4\n  No more.\n", Standing.IN_PART, ""),
        ("y = 3.0", ":limits: |\n  not y > 2\n  No more.\n", Standing.FAILS, "'not y > 2' does not hold: 3"),
        ("y = 3.0", ":said: y 3.1 (there)\n", Standing.HOLDS, ""),
        ("y = 3.0", ":said: y 3 (there)\n", Standing.FAILS, "what is said (3) passes too"),
        ("z = 3.0", "", Standing.FAILS, "the cell gives no number named 'z' (it gives y)"),
    ],
)
def test_a_claim_and_what_came_out(check, more, standing, wrong):
    state = state_of(chapter(CODE, proof(), claim(check, more=more)))
    (found,) = judged(state.claims.values(), Ran(0.0, values={"sum": {"y": 3.0}}))
    assert (found.standing, found.wrong) == (standing, wrong)


def test_a_claim_without_a_number():
    state = state_of(chapter(CODE, proof("'three'"), claim()))
    (found,) = judged(state.claims.values(), Ran(0.0, wrong={"sum": "it is a word"}))
    assert (found.standing, found.wrong) == (Standing.FAILS, "it is a word")
    quoted = state_of(chapter(CODE, claim("", evidence="quoted")))
    assert [each.standing for each in judged(quoted.claims.values(), Ran(0.0))] == [Standing.UNCHECKED]


def test_numbers_in_the_text_that_are_others():
    state = state_of(chapter("It is {value}`3.1 <sum.y>`, or {value}`3 <sum.y>`; {value}`7 <other>`.", CODE, proof()))
    (fault,) = faults_of_run(state, Ran(0.0, values={"sum": {"y": 3.0}}), [])
    assert "'3.1' is not what comes out, 3; write 3.0" in fault.told
    assert fault.line == next(n for n, line in enumerate(state.text.splitlines(), 1) if "3.1" in line)


def test_every_number_of_a_cell_in_the_text_is_found():
    state = state_of(chapter("It is {value}`3.1 <sum.y>`, or {value}`three <sum.y>`.", CODE, proof()))
    found = tied(state, Ran(0.0, values={"sum": {"y": 3.0}}))
    assert [(each.written.text, bool(each.wrong)) for each in found] == [("3.1", True), ("three", False)]
    assert tied(state, Ran(0.0)) == []


def test_the_verdict_is_that_of_the_weakest_claim():
    state = state_of(chapter(CODE, proof(), claim()))
    for value, told in ((3.0, "holds"), (4.0, "does not hold")):
        ran = Ran(0.0, values={"sum": {"y": value}})
        assert verdict(ran, judged(state.claims.values(), ran)) == told
    assert verdict(Ran(0.0), []) == "has nothing that is checked"
    assert verdict(Ran(0.0, Failure(1, "it raises")), []) == "does not run"
