"""A build reads no network."""

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

URL = "http://127.0.0.1:9/nobody"  # would be refused at once, and told otherwise


@pytest.mark.parametrize(
    "text",
    [
        f"```{{csv-table}} T\n:url: {URL}\n```",
        f"```{{raw}} html\n:url: {URL}\n```",
        f"```{{eval-rst}}\n.. csv-table:: T\n   :url: {URL}\n```",
    ],
)
def test_what_would_be_fetched_is_told_at_its_line(tmp_path, text):
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert f"would fetch {URL}" in fault.what
    assert fault.path == "book/papers/first.md"
    assert 0 <= fault.line - FRONT.count("\n") - 4 <= 1


def test_a_file_of_the_book_is_taken(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# T\n\n```{csv-table} T\n:file: own.csv\n```\n")})
    (folder / "book/papers/own.csv").write_text("one,two\n", encoding="utf-8")
    book = TinyBook(folder)
    assert book.messages == []
    assert "<p>two</p>" in book.page("first")
