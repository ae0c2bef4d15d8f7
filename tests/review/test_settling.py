"""An acknowledgement covers the one weakening that it names, once, and says so when there is none."""

from exegesis.contract.acknowledging import Acknowledged
from exegesis.review.settling import comment_for, fault_of, settle
from exegesis.review.weakening import Kind, Weakening
from tests.review.tiny import CODE, chapter, claim, compared, proof

LOOSE = Weakening(Kind.CHECK, "x = 1.0", "x = 1", "a.md", 7, "one")
WHY = "the toy is too small for more"


def said(subject=LOOSE.subject, reason=WHY, line=5):
    return Acknowledged(subject, reason, line)


def test_what_is_named_is_covered_and_nothing_else():
    looser = Weakening(Kind.CHECK, "x = 1.0", "x < 100", "a.md", 7, "one")
    settled = settle([LOOSE, looser], [], [said()], "a.md")
    assert [each.reason for each in settled.weakenings] == [WHY, None]
    assert (settled.faults, settled.notes) == ([], [])


def test_what_was_acknowledged_before_covers_nothing_new():
    """The check was tightened again since, say, and is loosened a second time."""
    settled = settle([LOOSE], [said()], [said()], "a.md")
    assert settled.weakenings == [LOOSE]
    assert settled.notes == [f"a.md:5: `{LOOSE.subject}` was acknowledged before; take the comment out"]
    assert settle([LOOSE], [said()], [said(reason="again, for another reason")], "a.md").weakenings[0].reason


def test_one_that_acknowledges_nothing_is_a_fault():
    (fault,) = settle([], [], [said()], "a.md").faults
    assert fault.told == (
        f"a.md:5:1: weakened nothing is weakened as is acknowledged here: `{LOOSE.subject}`; "
        "name the weakening, or take the comment out"
    )


def test_the_fault_says_what_to_write_and_that_does_it():
    before = chapter(CODE, proof(), claim("y = 3.0"))
    after = chapter(CODE, proof(), claim("y = 3"))
    (weaker,) = compared(before, after).unacknowledged
    assert fault_of(weaker, weaker.file).mend.endswith(comment_for(weaker, weaker.file))
    comment = comment_for(weaker, weaker.file).replace("WHY", WHY)
    found = compared(before, chapter(CODE, proof(), comment, "", claim("y = 3")))
    assert (found.unacknowledged, [each.reason for each in found.weakenings]) == ([], [WHY])
    assert found.faults == []
    merged = chapter(CODE, proof(), comment, "", claim("y = 3"))
    assert compared(merged, merged).faults == []
    further = compared(before, chapter(CODE, proof(), comment, "", claim("y = 3 ± 100")))
    assert len(further.unacknowledged) == len(further.faults) == 1


def test_in_yaml_it_is_a_comment_of_yaml():
    whole = Weakening(Kind.CHAPTER, "tiny", "gone", "_config.yml", 1)
    assert fault_of(whole, "_config.yml").mend.endswith("# exegesis: weakened `chapter tiny -> gone` WHY")
