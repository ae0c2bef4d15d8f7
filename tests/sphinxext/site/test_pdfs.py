"""PDFs that were printed are offered, and no link leads to one that was not."""

import json
import os
import shutil

import pytest

from exegesis.manifest import PDFS
from exegesis.paths import pdf_path
from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

CHAPTERS = {
    "one": chapter("# One\n"),
    "two": chapter("# Two\n", FRONT.replace("first2001paper", "second2002paper")),
}
HOME = "# Tiny\n\n```{listing} totals\n```\n\n```{toctree}\nbook/papers/one\nbook/papers/two\nbibliography\n```\n"
LATER = 4e9  # a time that no test sees


@pytest.fixture
def folder(tmp_path):
    write_book(tmp_path, CHAPTERS, bib=BIB)
    (tmp_path / "index.md").write_text(HOME, "utf-8")
    return tmp_path


def printed(folder, *names, when=LATER):
    for name in names:
        path = pdf_path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF of " + name.encode())
        os.utime(path, (when, when))


def build(folder):
    book = TinyBook(folder, html_title="Tiny Tests")
    assert book.messages == []  # none of a dead link among them
    pages = {"index": book.file("index.html"), **{slug: book.page(slug) for slug in CHAPTERS}}
    found = {name for name, page in pages.items() if ".pdf" in page}
    made = {path.name: path.read_bytes() for path in (folder / "_build/test/html").rglob("*.pdf")}
    return pages, found, made


def test_a_book_that_was_not_printed_offers_nothing(folder):
    assert build(folder)[1:] == (set(), {})


def test_what_was_printed_is_offered_where_it_belongs(folder):
    printed(folder, "one", "tiny-tests", "of-another-book")
    pages, found, made = build(folder)
    assert found == {"index", "one"}
    assert made == {"one.pdf": b"%PDF of one", "tiny-tests.pdf": b"%PDF of tiny-tests"}
    assert '<li><a href="../../pdf/one.pdf" download>PDF</a></li>' in pages["one"]
    assert '<a href="pdf/tiny-tests.pdf" download>' in pages["index"]


def test_the_next_build_offers_what_was_printed_meanwhile_and_takes_back_what_went(folder):
    build(folder)
    printed(folder, "one", "tiny-tests")
    assert build(folder)[1] == {"index", "one"}
    pdf_path(folder, "one").unlink()
    printed(folder, "two")
    assert build(folder)[1:] == (
        {"index", "two"},
        {"tiny-tests.pdf": b"%PDF of tiny-tests", "two.pdf": b"%PDF of two"},
    )


def test_a_pdf_that_is_older_than_its_page_is_not_offered(folder):
    printed(folder, "one", "tiny-tests")
    printed(folder, "two", when=1e9)
    assert build(folder)[1] == {"index", "one"}
    changed = folder / "book/papers/one.md"
    os.utime(changed, (LATER + 1, LATER + 1))
    assert build(folder)[1:] == (set(), {})


def test_a_pdf_that_was_printed_anew_takes_the_place_of_the_old_one(folder):
    printed(folder, "one")
    build(folder)
    pdf_path(folder, "one").unlink()
    printed(folder, "one")
    pdf_path(folder, "one").write_bytes(b"%PDF, new")
    os.utime(pdf_path(folder, "one"), (LATER, LATER))
    assert build(folder)[2] == {"one.pdf": b"%PDF, new"}


def test_a_build_that_is_told_which_there_are_has_the_very_pages_and_not_the_files(folder, monkeypatch):
    printed(folder, "one", "tiny-tests")
    pages, found, _ = build(folder)
    site = folder / "_build/test/html"
    manifest = json.loads((site / "manifest.json").read_text("utf-8"))
    assert manifest["pdfs"] == ["one", "tiny-tests"] and not [name for name in manifest["files"] if "pdf" in name]
    shutil.rmtree(folder / "_build")
    monkeypatch.setenv(PDFS, "one,tiny-tests,of-another-book")
    assert build(folder) == (pages, found, {})
    assert json.loads((site / "manifest.json").read_text("utf-8")) == manifest
