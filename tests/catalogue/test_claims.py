"""A claim's options are read from a chapter's text, and whatever stands there gives a fault and no traceback."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue import Accepted, CheckError, Evidence, declared
from exegesis.catalogue.claims import OPTIONS, read_claim, split_options

CLAIM = """\
```{claim} critics
:evidence: demonstrated
:source: Fig. 3
:check: |
  0.05 < gain < 0.2
  start = 0.53
:limits: |
  not gain > 0.1
  The gain of the paper, 0.12, does not come out.
:said: gain >= 0.3 (a blog)
:matters: critics are what it costs
:accepts: |
  `seed = 3`: which seed it is
    should not matter
  `range( 10 )`: so many draws are enough
:why: a toy
Critics help.
```
"""


def test_all_that_a_claim_can_say_is_read():
    (claim,) = declared("# Title\n\n" + CLAIM)
    assert (claim.id, claim.line, claim.evidence, claim.source) == ("critics", 3, Evidence.DEMONSTRATED, "Fig. 3")
    assert [str(check) for check in claim.checks] == ["0.05 < gain < 0.2", "start = 0.53"]
    assert [str(check) for check in claim.limits.checks] == ["not gain > 0.1"]
    assert claim.limits.words == "The gain of the paper, 0.12, does not come out."
    assert (str(claim.said.check), claim.said.words) == ("gain >= 0.3", "a blog")
    assert [(each.code, each.reason) for each in claim.accepts] == [
        ("seed = 3", "which seed it is should not matter"),
        ("range( 10 )", "so many draws are enough"),
    ]
    assert claim.matters == "critics are what it costs"
    assert (claim.why, claim.text, claim.wrong) == ("a toy", "Critics help.", "")


def test_an_accepted_change_is_known_by_the_code_around_it():
    (claim,) = declared(CLAIM)
    first = claim.accepts[0]
    assert first.covers("for seed in x:\n    seed  = 3")
    assert first.covers("seed=3")
    assert not first.covers("seed = 4")
    assert Accepted("a['x'] +1", "").covers('b = a["x"] + 1')
    assert Accepted("f(x1, 1e-9, 5_000)", "").covers("f(x1, 1e-09, 5000)")
    assert not Accepted("1e-9", "").covers("11e-09")


@pytest.mark.parametrize("code", ["x < 1e-9", "x < 1e-09", "return x, 1", "return (x, 1)"])
def test_an_accepted_change_is_looked_for_as_it_is_written_and_as_python_unparses_it(code):
    cell = "def f(x):\n    if x < 1e-9:\n        return x, 1"
    assert Accepted(code, "").stands_in(cell)
    assert not Accepted("x > 1e-9", "").stands_in(cell)
    assert Accepted("%%R", "").stands_in("%%R\nx <- 1")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("---\na: 1\n---\n" + CLAIM, [4]),
        ("````{note}\n" + CLAIM + "````\n", [2]),
        ("- item\n\n" + "".join(f"  {line}\n" for line in CLAIM.splitlines()), [3]),
        (":::{claim} one\n:evidence: quoted\n:source: p. 1\n:why: far\nText.\n:::\n", [1]),
        ("::::{note}\n:::{claim} one\n:evidence: quoted\n:source: p. 1\n:why: far\nText.\n:::\n::::\n", [2]),
        ("````md\n" + CLAIM + "````\n", []),
        ("````{code-block} md\n" + CLAIM + "````\n", []),
        ("Text.\n", []),
    ],
)
def test_claims_are_found_where_myst_finds_them(text, lines):
    assert [claim.line for claim in declared(text)] == lines
    assert not any(claim.wrong for claim in declared(text))


def test_a_notebooks_claims_stand_in_its_text():
    cells = [
        {"cell_type": "code", "source": CLAIM},
        {"cell_type": "markdown", "source": CLAIM.splitlines(keepends=True)},
    ]
    (claim,) = declared(json.dumps({"cells": cells}), ipynb=True)
    assert (claim.id, claim.line) == ("critics", 2)
    assert declared("{claim} no notebook", ipynb=True) == []
    assert declared('["{claim}"]', ipynb=True) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (":why: a toy", ":whi: a toy", "unknown option 'whi'; did you mean 'why'"),
        (":why: a toy", ":why: a toy\n:why: a joke", "'why' stands twice"),
        ("start = 0.53", "not start = 0.53", "move it to ':limits:'"),
        ("0.05 < gain < 0.2", "0.2 > gain > 0.05", "low < name < high"),
        ("0.05 < gain < 0.2", "0.2 < gain < 0.05", "nothing is within"),
        ("0.05 < gain < 0.2", "0.05 < gain > 0.01", "does not rise from left to right"),
        ("0.05 < gain < 0.2", "0.05 < gain = 0.1", "does not rise from left to right"),
        ("0.05 < gain < 0.2", "gain < 1e999", "beyond the numbers"),
        ("  not gain > 0.1\n", "", "'limits' asserts nothing"),
        ("  The gain of the paper, 0.12, does not come out.\n", "", "'limits' has no words"),
        ("not gain > 0.1", "not gain is > 0.1", "is no check"),
        ("not gain > 0.1", "not gain = start", "say with ± how far"),
        ("not gain > 0.1", "not gain = 0.1 ± 0.0001", "say with ± how far"),
        ("gain >= 0.3 (a blog)", "gain around 0.3", "is not '[name] number (where it is said)'"),
        ("gain >= 0.3 (a blog)", "not gain >= 0.3", "write what is said as it is said"),
        ("gain >= 0.3 (a blog)", ">= 0.3", "begin ':said:' with the name"),
        ("`seed = 3`: which seed it is\n    should not matter", "seed = 3: why", "accepts nothing"),
        ("`seed = 3`: which seed it is\n    should not matter", "`seed = 3`:", "without a reason"),
        ("demonstrated", "quoted", "a quoted claim has no 'check'"),
        ("Critics help.\n", "", "it says nothing"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_mend(old, new, told):
    assert old in CLAIM
    (claim,) = declared(CLAIM.replace(old, new))
    assert told in claim.wrong
    assert claim.line == 1


def test_why_a_mistake_matters_needs_a_mistake():
    text = CLAIM.replace(":said: gain >= 0.3 (a blog)\n", "")
    assert declared(text)[0].wrong == "", "what holds in part is one too"
    limits = text[text.index(":limits:") : text.index(":matters:")]
    assert "there is none; add ':said:' or ':limits:'" in declared(text.replace(limits, ""))[0].wrong


def test_not_every_line_that_begins_so_is_a_check():
    (claim,) = declared(CLAIM.replace("The gain of", "not even the gain of"))
    assert claim.limits.words.startswith("not even")


def test_two_claims_of_one_name_are_told():
    assert [bool(claim.wrong) for claim in declared(CLAIM + "\n" + CLAIM)] == [False, True]


WORDS = st.text(alphabet="abc019<>=±%. \n`:()|-not_e", max_size=30)
TEXTS = st.one_of(WORDS, st.text(max_size=30), st.sampled_from(["quoted", "derived", "= 1", "a < b < c", "`x`: y"]))


@given(st.lists(st.tuples(st.sampled_from((*OPTIONS, "other")), TEXTS), max_size=6), TEXTS, TEXTS)
def test_whatever_is_typed_gives_a_claim_or_a_fault(options, name, body):
    lines = [line for option, text in options for line in f":{option}: {text}".splitlines()] + body.splitlines()
    try:
        claim = read_claim(name, lines, 1)
    except CheckError as error:
        assert str(error)
    else:
        assert claim.evidence
        assert claim.text
    text = f"```{{claim}} {name}\n" + "\n".join(lines) + "\n```\n"
    assert all(each.wrong or each.evidence for each in declared(text))


@given(st.lists(TEXTS, max_size=5))
def test_options_and_text_are_all_of_the_content(lines):
    lines = "\n".join(lines).splitlines()
    try:
        _, body, begin = split_options(lines)
    except CheckError:
        return
    assert lines[begin:] == body
