"""Each kind of weakening of a claim is told, by the words that acknowledge it; what is as strong as before is not."""

import pytest

from tests.review.tiny import CODE, chapter, claim, compared, proof, subjects

PLAIN = chapter(CODE, proof(), claim())


def now(check="y = 3.0", evidence="recomputed", more="", values='{"y": y}', code=CODE):
    return chapter(code, proof(values), claim(check, evidence=evidence, more=more))


def test_nothing_changed_and_nothing_is_weaker():
    assert subjects(PLAIN, PLAIN) == []


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        ("y = 3.0", "y = 3", "sum: check y = 3.0 -> y = 3"),
        ("y = 3.0", "y = 3.0 ± 5", "sum: check y = 3.0 -> y = 3.0 ± 5"),
        ("y = 3.0", "y < 4", "sum: check y = 3.0 -> y < 4"),
        ("2 < y < 4", "y > 2", "sum: check 2 < y < 4 -> y > 2"),
        ("y > 2\ny < 4", "y > 2", "sum: check y < 4 -> gone"),
        ("y > 2\ny < 4", "y > -200\ny < 4", "sum: check y > 2 -> y > -200"),
    ],
)
def test_a_check_that_is_loosened_or_gone(was, is_now, told):
    assert subjects(now(was), now(is_now)) == [told]
    assert subjects(now(is_now), now(was)) == []


def test_checks_may_be_put_in_another_way():
    assert subjects(now("y > 2\ny < 4"), now("2.5 < y < 3.5")) == []
    assert subjects(now("2 < y < 4"), now("y > 2\ny < 4")) == []


def test_a_number_may_have_another_name():
    assert subjects(now("y = 3.0"), now("sum = 3.0", values='{"sum": y}')) == []
    assert subjects(now("y = 3.0"), now("sum = 3", values='{"sum": y}')) == ["sum: check sum = 3.0 -> sum = 3"]


@pytest.mark.parametrize(
    ("was", "is_now"), [("recomputed", "derived"), ("derived", "demonstrated"), ("recomputed", "demonstrated")]
)
def test_evidence_of_a_lower_kind(was, is_now):
    assert subjects(now(evidence=was), now(evidence=is_now)) == [f"sum: evidence {was} -> {is_now}"]
    assert subjects(now(evidence=is_now), now(evidence=was)) == []


def test_a_claim_that_is_quoted_now_is_told_once():
    assert subjects(PLAIN, chapter(CODE, claim("", evidence="quoted"))) == ["sum: evidence recomputed -> quoted"]


def test_what_is_said_is_dropped_or_loosened():
    said = now(more=":said: y <= 2 (somewhere)\n")
    assert subjects(said, PLAIN) == ["sum: said y <= 2 -> gone"]
    assert subjects(said, now(more=":said: y <= 1 (somewhere)\n")) == ["sum: said y <= 2 -> y <= 1"]
    assert subjects(said, now(more=":said: y <= 2.5 (there)\n")) == []
    assert subjects(PLAIN, said) == []


def test_more_need_not_reproduce():
    limits = ":limits: |\n  not y > 4\n  It is no more.\n"
    assert subjects(PLAIN, now(more=limits)) == ["sum: limits nothing -> not y > 4"]
    more = limits.replace("  It", "  not y > 3.5\n  It")
    assert subjects(now(more=limits), now(more=more)) == ["sum: limits nothing -> not y > 3.5"]


def test_what_does_not_reproduce_is_no_longer_asserted():
    limits = ":limits: |\n  not y > 4\n  It is no more.\n"
    check = "y > 2"
    assert subjects(now(check, more=limits), now(check)) == ["sum: limits not y > 4 -> gone"]
    assert subjects(now(check, more=limits), now("y > 4")) == []  # it reproduces now, and that is asserted


def test_more_changes_may_go_unnoticed():
    accepts = ":accepts: |\n  `x + 1.0`: it is a toy\n"
    (weaker,) = compared(PLAIN, now(more=accepts)).weakenings
    assert (weaker.subject, weaker.reason) == ("sum: accepts nothing -> x + 1.0", "it is a toy")
    assert subjects(now(more=accepts), now(more=accepts.replace("x + 1.0", "return x + 1.0"))) == []
    assert subjects(now(more=accepts.replace("x + 1.0", "return x + 1.0")), now(more=accepts)) != []


@pytest.mark.parametrize("value", ["3.0", "0 * y + 3.0", 'float("3")', "max([3.0, 1.0])", "3.0 if True else y"])
def test_a_number_that_hangs_on_nothing(value):
    is_now = now(values=f'{{"y": {value}}}')
    (told,) = subjects(PLAIN, is_now)
    assert told.startswith("sum: value y: y -> ")
    assert subjects(is_now, is_now) == []


def test_a_number_may_be_computed_in_another_way():
    code = CODE.replace("y = f(2)", "z = f(1) + 1")
    assert subjects(PLAIN, now(values='{"y": z}', code=code)) == []


def test_a_function_that_gives_a_typed_in_number():
    assert subjects(PLAIN, now(code=CODE.replace("x + 1.0", "3.0"))) == [
        "value f -> a function that gives typed-in numbers alone"
    ]


def test_a_claim_that_is_gone():
    assert subjects(PLAIN, chapter(CODE)) == ["claim sum -> gone"]


def test_a_new_name_hides_nothing():
    renamed = chapter(CODE, proof(name="total"), claim("y = 3", name="total"))
    assert subjects(PLAIN, renamed) == ["total: check y = 3.0 -> y = 3"]
    assert subjects(PLAIN, chapter(CODE, proof(name="total"), claim(name="total"))) == []


def test_exchanged_names_hide_nothing():
    """A weak claim takes the name of a strong one."""
    strong, weak = claim("y = 3.0", name="a"), claim("y > -100", name="b")
    before = chapter(CODE, proof(name="a"), proof(name="b"), strong, weak)
    after = chapter(CODE, proof(name="b"), proof(name="a"), claim("y = 3.0", name="b"), claim("y > -100", name="a"))
    assert subjects(before, after) == ["a: check y = 3.0 -> y > -100"]
