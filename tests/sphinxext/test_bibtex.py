"""A citation is looked up by its key, and shows what sphinxcontrib-bibtex itself would show."""

import re

import pytest
from sphinxcontrib.bibtex.domain import BibtexDomain

from exegesis.sphinxext import bibtex
from tests.tiny import BIB, TinyBook, chapter, write_book

CITING = {
    "one": chapter("# One\n\n{cite:p}`second2002paper,first2001paper` and {cite:t}`{see}first2001paper{p. 3}`.\n"),
    "two": chapter("# Two\n\nNo paper.\n"),
}
UNCITED = "@article{third1999paper,\n author={Z, Z}, title={Third}, journal={J}, venue={J}, year={1999}}\n"


def pages(folder):
    book = TinyBook(write_book(folder, CITING, bib=BIB + UNCITED))
    assert book.messages == []
    return [book.page("one"), book.page("two"), book.file("bibliography.html")]


def test_pages_are_those_of_the_base_class(tmp_path, monkeypatch):
    ours = pages(tmp_path / "ours")
    for name in ("get_filtered_entries", "resolve_xref", "resolve_any_xref", "get_entries"):
        monkeypatch.setattr(bibtex.BookCitations, name, getattr(BibtexDomain, name))
    assert pages(tmp_path / "base") == ours
    assert "Third" not in ours[2]


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
