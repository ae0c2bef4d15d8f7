"""A citation is looked up by its key, and shows what sphinxcontrib-bibtex itself would show."""

import inspect
import re

import pytest
from sphinxcontrib.bibtex import bibfile
from sphinxcontrib.bibtex.directives import BibliographyValue
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
    assert any("has no journal" in message for message in first)
    assert second == first


LOCAL = "\n```{bibliography}\n:filter: docname in docnames\n:keyprefix: own-\n```\n"


@pytest.mark.parametrize("parallel", [0, 2])
def test_a_page_with_a_bibliography_may_come_change_and_go(tmp_path, parallel):
    folder = write_book(tmp_path, CITING)
    page, index = folder / "extra.md", folder / "index.md"
    without = index.read_text("utf-8")
    assert TinyBook(folder, parallel=parallel).messages == []
    page.write_text("# Extra\n\n{cite:t}`own-second2002paper`\n" + LOCAL, "utf-8")
    index.write_text(without.replace("bibliography\n", "bibliography\nextra\n"), "utf-8")
    book = TinyBook(folder, parallel=parallel)
    assert book.messages == []
    assert "The second paper" in book.file("extra.html")
    page.write_text("# Extra\n\n{cite:t}`own-first2001paper`\n" + LOCAL, "utf-8")
    book = TinyBook(folder, parallel=parallel)
    assert book.messages == []
    assert "The first paper" in book.file("extra.html")
    page.unlink()
    index.write_text(without, "utf-8")
    assert TinyBook(folder, parallel=parallel).messages == []


def test_another_bibliography_of_a_page_that_cites_nothing_new_is_made(tmp_path):
    """The page is new to the list of bibliographies, and what is cited stays what it was."""
    folder = write_book(tmp_path, CITING)
    TinyBook(folder)
    page = folder / "book/papers/two.md"
    page.write_text(page.read_text("utf-8") + LOCAL.replace("docname in docnames", "True"), "utf-8")
    for _ in range(2):
        book = TinyBook(folder)
        assert book.messages == []
    assert "The second paper" in book.page("two")


def test_the_domain_looks_at_no_other_lists(tmp_path):
    """The assumption of `BookCitations`: what is cited is asked of these three, which can be narrowed."""
    source = inspect.getsource(BibtexDomain)
    assert set(re.findall(r'self\.data\["(\w+)"\]', source)) == {
        "bibdata",
        "bibliographies",
        "citations",
        "citation_refs",
    }
    for narrowed in (BibtexDomain.resolve_xref, BibtexDomain.resolve_any_xref, BibtexDomain.get_filtered_entries):
        assert "self.data" not in inspect.getsource(narrowed)


def test_a_bibliography_has_no_settings_that_are_not_compared():
    assert set(BibliographyValue._fields) == {
        *("line", "bibfiles", "style", "list_", "enumtype", "start", "labelprefix", "keyprefix", "keys"),
        *("filter_", "citation_nodes"),  # one as text; the other is what is cited
    }


def test_what_cannot_be_read_hides_no_record_and_is_told_once(tmp_path):
    bib = BIB.replace("  title = {The First Paper},\n", "  title = {The First Paper}\n").replace(
        "doi =", "doi = {a}, doi ="
    )
    book = TinyBook(write_book(tmp_path, CITING, bib=bib))
    assert [message.partition(";")[0] for message in book.messages] == [
        "references.bib:3: a comma is missing before 'journal'",
        "references.bib:15: 'a' is no DOI",
        "references.bib:15: 'second2002paper' has the field 'doi' at line 15 too",
    ]


def test_a_book_without_papers_is_told_what_any_file_would_have(tmp_path):
    write_book(tmp_path, {}, bib=BIB.replace("  venue = {JT},\n", "").replace("year = {2002},", "year = {2002}"))
    (tmp_path / "bibliography.md").write_text("# B\n\n{cite:t}`first2001paper`\n\n```{bibliography}\n```\n", "utf-8")
    book = TinyBook(tmp_path)
    assert book.messages == ["references.bib:12: a comma is missing before 'doi'; add it"]
    assert "The first paper" in book.file("bibliography.html")


def test_the_file_is_read_by_the_catalogue_alone(tmp_path, monkeypatch):
    """The assumption of `_take_as_read`: no file is read whose time is known."""
    asked = []
    monkeypatch.setattr(bibfile, "parse_bibdata", lambda *arguments: asked.append(arguments))
    assert TinyBook(write_book(tmp_path, CITING)).messages == []
    assert asked == []
