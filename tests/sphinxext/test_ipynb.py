"""A chapter may be an .ipynb: it is one as Markdown is, and its faults name cells."""

import json

import nbformat.v4 as v4
import pytest

from exegesis.catalogue import load_catalogue
from exegesis.sphinxext.page.downloads import downloads
from exegesis.testing import definitions
from tests.tiny import TinyBook, write_book

METADATA = {
    "author": "Somebody",
    "date": "2026-01-31",
    "keywords": ["testing"],
    "paper": "first2001paper",
    "tldr": "It is short.",
}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "toc": {}}
HEADER = (
    "---\nauthor: Somebody\ndate: '2026-01-31'\nkeywords: [testing]\npaper: first2001paper\ntldr: It is short.\n---"
)
CLAIM = "```{claim} two\n:evidence: recomputed\n:source: p. 1\n:check: = 2\nThere are two.\n```"


def notebook(folder, *cells, metadata=METADATA, text=None):
    """Write a book with one chapter of these cells: text is Markdown, a pair code with its metadata."""
    made = [v4.new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    text = text or json.dumps(v4.new_notebook(cells=made, metadata=KERNEL | metadata))
    write_book(folder, {"first": ""})
    (folder / "book/papers/first.md").unlink()
    (folder / "book/papers/first.ipynb").write_text(text, encoding="utf-8")
    return folder


def code(source, **metadata):
    return v4.new_code_cell(source, metadata=metadata)


def test_it_has_all_that_a_chapter_has(tmp_path):
    book = TinyBook(notebook(tmp_path, "# First\n\nText.", code("TWO = len('ab')\nTWO", claim="two"), CLAIM), run=False)
    assert book.messages == []
    page = book.page("first")
    assert "The First Paper" in page, "the header"
    assert "Claims at a glance" in page
    assert "data-packages" in page, "it can be run"
    (paper,) = json.loads(book.file("papers.json"))["papers"]
    assert [summary["slug"] for summary in paper["summaries"]] == ["first"]
    (claim,) = json.loads(book.file("claims.json"))["claims"]
    assert claim["holds"]
    assert sorted(downloads(book.app, "book/papers/first")) == ["BibTeX", "Notebook"]
    published = json.loads(book.file("_sources/book/papers/first.ipynb"))
    assert published["cells"][1]["outputs"], "it has been run"
    assert definitions(tmp_path / "book/papers/first.ipynb").TWO == 2


@pytest.mark.parametrize("kind", [v4.new_raw_cell, v4.new_markdown_cell])
def test_its_front_matter_may_be_its_first_cell(tmp_path, kind):
    book = TinyBook(notebook(tmp_path, kind(HEADER), "# First", metadata={}), run=False)
    assert book.messages == []
    assert "It is short." in book.file("papers.json")
    assert "tldr:" not in book.page("first")


@pytest.mark.parametrize(
    ("metadata", "cells", "told"),
    [
        ({"author": 7}, ["# T"], ["first.ipynb:metadata: 'author' is not right"]),
        ({"keywords": ["x"]}, ["# T"], ["first.ipynb:metadata: 'x' is no keyword"]),
        ({}, ["# T", "x\n\nSee {ref}`nowhere`."], ["first.ipynb:cell 2: undefined label: 'nowhere'"]),
        (
            {},
            ["# T", code("1"), code("x = 1\n1 / 0")],
            ["cell 3: the cell raises ZeroDivisionError in its line 2: div"],
        ),
        ({}, ["# T", code("object()")], ["first.ipynb:cell 2: the cell shows"]),
        ({}, ["# T", code("2", claim="two")], ["first.ipynb:cell 2: the cell's claim 'two' is stated nowhere"]),
        ({}, ["# T", CLAIM], ["first.ipynb:cell 2: claim 'two': no cell bears its name"]),
        ({}, ["# T", code("len('abc')", claim="two"), CLAIM], ["cell 3: claim 'two': '= 2' does not hold"]),
        ({}, ["# T", "$\\frac{1$"], ["first.ipynb:cell 2: the formula does not parse"]),
        ({"author": 7}, ["# T", code("1 / 0")], ["metadata: 'author' is not right", "cell 2: the cell raises"]),
    ],
)
def test_its_faults_name_the_cell(tmp_path, metadata, cells, told):
    messages = TinyBook(notebook(tmp_path, *cells, metadata=METADATA | metadata), run=False).messages
    assert len(messages) == len(told), messages
    assert all(each in message for each, message in zip(told, messages, strict=True)), messages


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', '{"cells": [], "metadata": 3}'])
def test_a_file_that_is_no_notebook_is_told_once(tmp_path, text):
    (message,) = TinyBook(notebook(tmp_path, text=text), run=False).messages
    assert message.startswith("book/papers/first.ipynb:metadata: the file is no notebook: ")


def test_a_missing_front_matter_is_told_key_by_key(tmp_path):
    faults = load_catalogue(notebook(tmp_path, "# T", metadata={})).faults
    assert {fault.what for fault in faults} == {f"'{key}' is missing" for key in METADATA}
