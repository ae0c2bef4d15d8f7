"""'exegesis numbers': what each claim and each cell of a chapter gives, beside what the text says."""

import json

import jsonschema
import pytest

from exegesis.command.cli import FAULTS, OK, USAGE
from tests.command.test_review import PLAIN, run, schema
from tests.doubt.tiny import cell
from tests.review.tiny import CODE, NAME, chapter, claim, proof, repository

TEXT = chapter("It is {value}`3 <sum.y>`, not {value}`.34 <third>`.", CODE, proof(), claim(), cell("1 / 3", "third"))
TEXT = TEXT.replace(":claim: third", ":values: third")


@pytest.fixture
def book(tmp_path):
    return repository(tmp_path / "book", TEXT)


def test_what_came_out_stands_beside_what_is_said(book, capsys):
    assert run(book, "numbers", "tiny") == FAULTS
    told = capsys.readouterr()
    lines = told.out.splitlines()
    line = TEXT.splitlines().index("It is {value}`3 <sum.y>`, not {value}`.34 <third>`.") + 1
    assert lines[0].startswith(f"{NAME}: holds; it ran in ")
    assert "  sum    recomputed  holds    y = 3.0  3" in lines
    assert f"  sum    y       3           3 (line {line})" in lines
    assert f"  third          0.33333333  .34 (line {line}: OUT OF STEP)" in lines
    assert f"{NAME}:{line}: value '.34' is not what comes out, 0.333333; write .33" in told.err
    assert not (book / "_build/html").exists()


def test_a_chapter_that_is_in_step_is_well(book, capsys):
    (book / NAME).write_text(TEXT.replace(".34", ".33"))
    assert run(book, "numbers", "tiny", "--json") == OK
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema("numbers"))
    assert found["ran"]["values"] == {"sum": {"y": 3.0}, "third": {"": 1 / 3}}
    assert [(each["written"], each["wrong"]) for each in found["text"]] == [("3", None), (".33", None)]
    assert found["claims"][0]["standing"] == "holds"


def test_what_a_cell_raises_gives_or_types_in_is_told(book, capsys):
    (book / NAME).write_text(chapter(CODE, proof("'three'"), claim(), cell("1 / 0")))
    assert run(book, "numbers", "tiny") == FAULTS
    told = capsys.readouterr()
    assert f"{NAME}: does not run" in told.out
    assert "  sum   the cell's value is no number but 'three'; end the cell with numbers" in told.out
    assert "ZeroDivisionError" in told.err
    (book / NAME).write_text(chapter(CODE, proof("{'y': 3.0}"), claim()))
    assert run(book, "numbers", "tiny") == FAULTS
    assert "claim 'sum': 'y' is typed in, not computed" in capsys.readouterr().err


def test_it_needs_no_git_and_a_chapter_that_there_is(book, tmp_path, capsys):
    assert run(book, "numbers", "tiyn") == USAGE
    assert "did you mean 'tiny'?" in capsys.readouterr().err
    (book / ".git").rename(tmp_path / "elsewhere")
    (book / NAME).write_text(PLAIN)
    assert run(book, "numbers", "tiny") == OK
