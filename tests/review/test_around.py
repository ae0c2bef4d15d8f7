"""Rules that are silenced, tags by which cells may do more, and evidence files that say less are told."""

import json

import pytest

from exegesis.catalogue.evidence import written
from exegesis.doubt.subject import read_chapter
from exegesis.review.state import read_state
from tests.doubt.tiny import cell
from tests.review.tiny import CODE, NAME, chapter, claim, compared, proof, side, subjects

TEXT = chapter(CODE, proof(), claim())
FILE = "book/evidence/tiny.json"


def test_a_rule_that_is_silenced():
    wide = "% exegesis: ignore cell-width it is the paper's own"
    found = compared(TEXT, chapter(wide, CODE, proof(), claim()))
    assert [each.subject for each in found.weakenings] == ["rule cell-width -> ignored"]
    assert [each.reason for each in found.weakenings] == ["it is the paper's own"]  # it brings its reason along
    both = compared(chapter(wide, CODE, proof(), claim()), chapter(wide, CODE, f"{wide}, again", proof(), claim()))
    assert [each.reason for each in both.weakenings] == ["it is the paper's own, again"]


@pytest.mark.parametrize("tag", ["uses-clock", "raises-exception", "skip-execution"])
def test_a_cell_that_may_do_more(tag):
    tagged = CODE.replace("python\n", f"python\n:tags: [{tag}]\n\n")
    assert subjects(TEXT, TEXT.replace(CODE, tagged)) == [f"tag nothing -> {tag} of 'def f(x):'"]


def test_other_tags_are_nobodys_business():
    assert subjects(TEXT, TEXT.replace(CODE, CODE.replace("python\n", "python\n:tags: [hide-input]\n\n"))) == []


def test_a_number_in_the_text_that_is_no_longer_held_against_its_cell():
    before = chapter("It is {value}`3.0 <sum.y>`, or {value}`33 <sum.z>`.", CODE, proof())
    assert subjects(before, before.replace("{value}`3.0 <sum.y>`", "3.0")) == ["value {value} 3.0 <sum.y> -> 3.0"]
    assert subjects(before, before.replace("{value}`33 <sum.z>`", "{value}`33.0 <sum.z>`")) == []
    assert subjects(before, before.replace(", or {value}`33 <sum.z>`", "")) == []  # the sentence is gone


def evidence(held=20, noticed=18, text=TEXT, baseline=True, parts=("doubt", "seeds")):
    """Return the evidence file of a chapter with this text."""
    state = read_state(side({NAME: text}).files, side({}).layout, NAME)
    told = {
        "changes": {"tried": 20, "checks": noticed, "exceptions": 0, "unnoticed": 20 - noticed, "accepted": 0},
        "seeds": {"tried": 20, "held": held, "baselines": {"x86-64-v2": baseline}},
    }
    claims = {"sum": {name: told[name] for part, name in (("doubt", "changes"), ("seeds", "seeds")) if part in parts}}
    whole = {"chapter": "tiny", "code": state.digest, "claims": claims}
    if "doubt" in parts:
        whole |= {"doubt": {"sampled": True, "wiring": told["changes"]}, "functions": {}, "survivors": []}
    if "seeds" in parts:
        whole["seeds"] = {"baselines": ["x86-64-v2"], "deterministic": False, "tried": 20}
    return written(whole)


def told(before, now, text=TEXT):
    return subjects({NAME: TEXT, FILE: before}, {NAME: text} | ({FILE: now} if now else {}))


def test_evidence_that_says_less():
    assert told(evidence(), evidence()) == []
    assert told(evidence(), evidence(held=15)) == ["sum: seeds 20 of 20 -> 15 of 20"]
    assert told(evidence(), evidence(noticed=12)) == ["sum: changes 18 of 20 -> 12 of 20"]
    assert told(evidence(), evidence(baseline=False)) == ["sum: seeds holds on x86-64-v2 -> does not"]
    assert told(evidence(held=15, noticed=12), evidence()) == []


def test_evidence_that_is_gone():
    assert told(evidence(), None) == ["record the evidence file -> gone"]
    assert told(evidence(), evidence(parts=("doubt",))) == ["record what 'exegesis seeds' found -> gone"]


def test_evidence_is_known_by_the_code_that_doubt_sees(tmp_path):
    exercise = "```{code-cell} python\n:starter: try\n\ndef f(x):\n    return x\n```\n"
    text = chapter(CODE, proof(), claim(), exercise)
    path = tmp_path / "tiny.md"
    path.write_text(text, encoding="utf-8")
    assert read_state(side({NAME: text}).files, side({}).layout, NAME).digest == read_chapter(path).digest


def test_evidence_of_other_code_is_told_as_that():
    """It is made anew when the chapter is done; until then nothing can be said of it."""
    other = TEXT.replace("x + 1.0", "1.0 + x")
    assert told(evidence(), evidence(held=1), other) == []
    found = compared({NAME: TEXT, FILE: evidence()}, {NAME: other, FILE: evidence()})
    assert found.notes == [f"{FILE} is about other code; run 'exegesis doubt tiny' and 'seeds tiny'"]


def test_evidence_that_cannot_be_read_is_a_fault():
    found = compared({NAME: TEXT}, {NAME: TEXT, FILE: json.dumps({"chapter": "tiny"})})
    assert [fault.path for fault in found.faults] == [FILE]


def test_a_seed_that_is_another_one_is_noted():
    draws = cell("rng = np.random.default_rng(0)")
    found = compared(chapter(draws), chapter(draws.replace("(0)", "(7)")))
    assert found.notes == ["a seed was changed: np.random.default_rng(0) -> np.random.default_rng(7)"]
    assert compared(chapter(draws), chapter(draws, draws)).notes == [
        "the seeds were changed: np.random.default_rng(0) -> np.random.default_rng(0), np.random.default_rng(0)"
    ]
