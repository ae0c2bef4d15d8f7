"""A chapter beside what it was: what cannot be compared is a fault of whoever made it so."""

from tests.review.tiny import CODE, NAME, chapter, claim, compared, proof

GOOD = chapter(CODE, proof(), claim())
BAD = GOOD.replace("y = 3.0", "y == 3.0")


def test_what_cannot_be_read_is_a_fault_and_hides_no_claim():
    found = compared(GOOD, BAD)
    assert ["is no check" in fault.what for fault in found.faults] == [True]
    assert found.weakenings == []  # whether it is weaker is not known
    assert found.status == "changed"


def test_what_could_not_be_read_before_either_is_no_fault_of_the_branch():
    found = compared(BAD, BAD + "\nA sentence more.\n")
    assert found.faults == []
    assert ["of what it was: " in note for note in found.notes] == [True]


def test_code_that_is_no_python_is_told():
    found = compared(GOOD, GOOD.replace("return x", "return return x"))
    assert "it is no plain Python" in found.faults[0].what


def test_a_new_chapter_has_nothing_weaker():
    found = compared(None, {NAME: GOOD})
    assert (found.status, found.weakenings, found.faults) == ("new", [], [])
    assert [each.id for each in found.match.gained] == ["sum"]


def test_pictures_in_files_belong_to_the_chapter():
    text = chapter("```{picture} pictures/block.svg\n:name: fig-block\n:alt: A block.\n\nA block.\n```\n")
    found = compared({NAME: text}, {NAME: text, "book/papers/pictures/block.svg": "<svg/>"})
    assert (found.before.pictures, [(each.name, each.data) for each in found.now.pictures]) == (
        [],
        [("fig-block", b"<svg/>")],
    )
