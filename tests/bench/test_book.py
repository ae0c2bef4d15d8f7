"""The synthetic book is the same on each machine, in both shapes and in all sizes; and ours builds it."""

import re

import pytest

from bench.book import GROUPS, Chapter, chapters, write_ours, write_stock
from exegesis.command.build import build_book
from exegesis.command.project import Project
from exegesis.execution.notebook import read_notebook


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def code(text):
    return [cell.source for cell in read_notebook(text).cells if cell.cell_type == "code"]


def test_twice_the_same(tmp_path):
    assert files(write_ours(tmp_path / "a", 5)) == files(write_ours(tmp_path / "b", 5))
    assert files(write_stock(tmp_path / "a1", 5)) == files(write_stock(tmp_path / "b1", 5))


def test_a_chapter_is_the_same_in_a_larger_book(tmp_path):
    small, large = files(write_ours(tmp_path / "s", 3)), files(write_ours(tmp_path / "l", 12))
    assert [name for name in small if "paper-" in name and small[name] != large[name]] == []


def test_both_shapes_have_the_same_cells_and_no_two_chapters_do():
    both = [(code(each.text(ours=True)), code(each.text(ours=False))) for each in chapters(4)]
    assert all(ours == stock for ours, stock in both)
    assert len({repr(ours) for ours, _ in both}) == 4


def test_a_chapter_has_what_a_chapter_has():
    text = Chapter(9).text(ours=True)
    for part in (r"\{cite:t\}", r"\{cite:p\}", r"\]\(paper-0000\d\.md\)", r"\{numref\}", r"\{eq\}", r"\n\$\$\n"):
        assert re.search(part, text)
    assert "{claim}" in text
    assert "{claim}" not in Chapter(9).text(ours=False)


def test_every_chapter_has_its_place(tmp_path):
    ours, stock = (write(tmp_path / write.__name__, 20) / "_toc.yml" for write in (write_ours, write_stock))
    for toc in (ours, stock):
        assert sorted(re.findall(r"paper-\d+", toc.read_text("utf-8"))) == [each.slug for each in chapters(20)]
    assert ours.read_text("utf-8").count("group-") == GROUPS


@pytest.mark.slow
def test_ours_builds_it_without_a_fault(tmp_path):
    outcome = build_book(Project.open(write_ours(tmp_path, 3)), lambda line: None)
    assert outcome.faults == []
    assert len(outcome.claims) == 3
    page = (outcome.site / "book/papers/paper-00002.html").read_text("utf-8")
    assert page.count("<figure") == 2
    assert 'class="katex"' in page
