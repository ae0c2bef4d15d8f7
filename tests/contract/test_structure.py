"""What is wrong with a chapter's outline is told where it first goes wrong."""

import pytest

from exegesis.contract.structure import SECTIONS
from tests.contract.tiny import told

WHOLE = [f"## {name}" for name in SECTIONS]


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        (WHOLE[:-1], ":15: sections the section 'Try it' is missing"),
        ([*WHOLE, "## More"], ":31:1: sections there is a section 'More', after the last one"),
        ([WHOLE[0], WHOLE[2]], ":21:1: sections there is a section 'Run it', where 'The idea' is to be"),
        ([], ":15: sections the section 'In short' is missing"),
    ],
)
def test_sections(tmp_path, sections, what):
    (fault,) = told(tmp_path, "\n\n".join(["# A", *sections]) + "\n", "sections")
    assert what in fault


@pytest.mark.parametrize("name", ["Somebody", "The Somebody"])
def test_a_signature_is_the_authors(tmp_path, name):
    text = "# A\n\n## A reader's view\n\nGood.\n\n-- {}\n"
    assert told(tmp_path / "own", text.format(name), "signature") == []
    (fault,) = told(tmp_path / "other", text.format("Someone Else"), "signature")
    assert fault.endswith("end it with the line '-- Somebody'")
