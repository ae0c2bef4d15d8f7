"""This book has no fault: its records, its front matters, its table of contents, and what every chapter keeps to."""

from pathlib import Path

import pytest

from exegesis.command.check import check
from exegesis.command.project import Project
from tests.chapters import PAPERS


@pytest.fixture(scope="module")
def faults():
    return check(Project.open(PAPERS.parents[1])).faults


@pytest.mark.parametrize("slug", sorted(path.stem for path in PAPERS.glob("*.md")))
def test_a_chapter_keeps_to_the_contract(faults, slug):
    assert [fault.told for fault in faults if Path(fault.path).stem == slug] == []


def test_the_book_has_no_other_fault(faults):
    assert [fault.told for fault in faults if not fault.path.startswith("book/papers/")] == []


@pytest.mark.parametrize("code", ["picture-first", "example-first"])
def test_no_chapter_is_let_off_showing_the_thing_first(code):
    assert [path.stem for path in PAPERS.glob("*.md") if f"% exegesis: ignore {code} " in path.read_text("utf-8")] == []
