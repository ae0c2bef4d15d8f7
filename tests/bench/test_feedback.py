"""The author of the benchmark edits what it says, and each time in another way."""

import pytest

from bench.book import Chapter, write_ours
from bench.feedback import Author
from bench.run import OURS
from exegesis.execution import read_notebook


@pytest.fixture
def author(tmp_path):
    book = write_ours(tmp_path, 2)
    return Author(book, OURS.chapter(book, Chapter(1).slug))


def code(author):
    return [cell.source for cell in read_notebook(author.page.read_text("utf-8")).cells if cell.cell_type == "code"]


def test_a_paragraph_is_new_each_time_and_no_code(author):
    before, texts = code(author), {author.page.read_text("utf-8")}
    for _ in range(3):
        author.edit("a paragraph")
        texts.add(author.page.read_text("utf-8"))
    assert len(texts) == 4
    assert code(author) == before


def test_a_cell_is_new_each_time_and_still_runs(author):
    cells = [code(author)]
    for _ in range(3):
        author.edit("a cell")
        cells.append(code(author))
    assert len({cell[0] for cell in cells}) == 4
    assert all(cell[1:] == cells[0][1:] for cell in cells)
    for first, *_ in cells:
        compile(first, "cell", "exec")
