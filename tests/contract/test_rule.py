"""Each rule has an example that breaks it and one that keeps it; both are shown in the book, and both are tried."""

import pytest

from exegesis.contract import GROUPS, RULES
from tests.contract.tiny import told

EACH = pytest.mark.parametrize("code", RULES)


@EACH
def test_the_bad_example_is_told_and_the_good_one_is_not(tmp_path, code):
    rule = RULES[code]
    others = [] if code == "ignore" else [code]
    bad = told(tmp_path / "bad", rule.bad, *others, example=rule.example)
    assert [each for each in bad if f" {code} " in each]
    good = told(tmp_path / "good", rule.good, *others, example=rule.example)
    assert [each for each in good if f" {code} " in each] == []


@EACH
def test_a_rule_says_why_it_is_there_and_how_to_mend_it(code):
    rule = RULES[code]
    assert rule.why.endswith(".")
    assert rule.mend
    assert "{0}" not in "".join(told_parts(rule))


def told_parts(rule):
    """The texts with as many values as they take."""
    return rule.what.format("x", "y", "z"), rule.mend.format("x", "y", "z")


def test_every_rule_is_in_a_group():
    modules = {group.__name__ for group in GROUPS}
    assert {rule.find.__module__ for rule in RULES.values()} == modules
