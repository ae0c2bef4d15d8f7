"""A citation is looked up by its key, and shows what sphinxcontrib-bibtex itself would show."""

import re

import pytest
from sphinxcontrib.bibtex.domain import BibtexDomain

from exegesis.sphinxext.patches import bibtex
from tests.tiny import BIB, TinyBook, chapter, write_book

CITING = {
    "one": chapter("# One\n\n{cite:p}`second2002paper,first2001paper` and {cite:t}`{see}first2001paper{p. 3}`.\n"),
    "two": chapter("# Two\n\nNo paper.\n"),
}
UNCITED = "@article{third1999paper,\n author={Z, Z}, title={Uncited}, journal={J}, venue={J}, year={1999}}\n"


def pages(folder):
    book = TinyBook(write_book(folder, CITING, bib=BIB + UNCITED))
    assert book.messages == []
    return [book.page("one"), book.page("two"), book.file("bibliography.html")]


def test_pages_are_those_of_the_base_class(tmp_path, monkeypatch):
    ours = pages(tmp_path / "ours")
    for name in ("get_filtered_entries", "resolve_xref", "resolve_any_xref", "get_entries"):
        monkeypatch.setattr(bibtex.BookCitations, name, getattr(BibtexDomain, name))
    assert pages(tmp_path / "base") == ours
    assert "ncited" not in ours[2]


def test_only_what_is_cited_is_looked_at(tmp_path, monkeypatch):
    seen = []

    def resolve(self, *arguments):
        seen.append([citation.key for citation in self.citations])
        return original(self, *arguments)

    original = BibtexDomain.resolve_xref
    monkeypatch.setattr(BibtexDomain, "resolve_xref", resolve)
    TinyBook(write_book(tmp_path, {"one": CITING["one"]}))
    assert sorted(seen) == [["first2001paper"], ["first2001paper", "second2002paper"]]


@pytest.mark.parametrize("role", ["cite:p", "cite:t"])
def test_an_unknown_key_is_told(tmp_path, role):
    book = TinyBook(write_book(tmp_path, {"one": chapter(f"# One\n\n{{{role}}}`nobody1900none`\n")}))
    assert any(re.search(r"one\.md:\d+: .*nobody1900none", message) for message in book.messages)


@pytest.fixture
def formatted(monkeypatch):
    """Note each time that a bibliography is formatted."""
    asked = []

    def get_formatted_entries(self, *arguments):
        asked.append(arguments)
        return original(self, *arguments)

    original = BibtexDomain.get_formatted_entries
    monkeypatch.setattr(BibtexDomain, "get_formatted_entries", get_formatted_entries)
    return asked


@pytest.mark.parametrize(
    ("chapters", "bib", "times"),
    [
        (CITING, BIB, 1),
        (CITING | {"two": CITING["two"] + "\nMore.\n"}, BIB, 1),
        (CITING | {"two": CITING["two"] + "\n{cite:p}`first2001paper`\n"}, BIB, 2),
        (CITING, BIB.replace("The First", "A First"), 2),
    ],
)
def test_the_bibliography_is_formatted_again_when_something_in_it_changed(tmp_path, formatted, chapters, bib, times):
    TinyBook(write_book(tmp_path, CITING))
    for name, text in {"references.bib": bib, "book/papers/two.md": chapters["two"]}.items():
        if (tmp_path / name).read_text("utf-8") != text:  # the others keep their times
            (tmp_path / name).write_text(text, "utf-8")
    book = TinyBook(tmp_path)
    assert book.messages == []
    assert len(formatted) == times
    assert ("A first paper" in book.file("bibliography.html")) == ("A First" in bib)


def test_a_bibliography_that_is_read_again_is_formatted_again(tmp_path, formatted):
    TinyBook(write_book(tmp_path, CITING))
    (tmp_path / "bibliography.md").write_text("# All papers\n\n```{bibliography}\n:style: plain\n```\n", "utf-8")
    TinyBook(tmp_path)
    assert len(formatted) == 2


def test_what_is_wrong_with_a_record_is_told_again(tmp_path):
    folder = write_book(tmp_path, CITING, bib=BIB.replace("  journal = {Journal of Tests},\n", ""))
    first, second = TinyBook(folder).messages, TinyBook(folder).messages
    assert any("missing journal" in message for message in first)
    assert second == first
