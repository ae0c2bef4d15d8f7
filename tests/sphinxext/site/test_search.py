import gzip
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from exegesis.sphinxext.site import search
from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

HOSTILE = '<script>alert(1)</script> & "quotes" 漢字'
SECOND = FRONT.replace("first2001paper", "second2002paper")
CHAPTERS = {
    "one": chapter(
        """\
        # One

        ## In short

        A wombat, {cite:t}`second2002paper`.

        (deep)=
        ## Further down

        The formula $quokka + 1$ stands in the text, this one below it.

        $$numbat^2$$

        ```{code-cell} python
        bandicoot = "dun" + "nart"
        bandicoot
        ```

        ```{code-block} text
        potoroo
        ```
        """
    ),
    "two": chapter("# Two\n\nA kowari.\n", SECOND),
}


def build(folder, chapters=CHAPTERS, *, clean=True, **options):
    options = {"exegesis_search": True, "html_theme": "sphinx_book_theme"} | options
    book = TinyBook(write_book(folder, chapters), **options)
    assert not clean or book.messages == []
    return book


def fragments(book):
    """Return what Pagefind stored of each page: the text that it searches, and what results show."""
    found = {}
    for file in Path(book.app.outdir, "pagefind", "fragment").iterdir():
        data = json.loads(gzip.decompress(file.read_bytes()).removeprefix(b"pagefind_dcd"))
        found[data["url"]] = data
    return found


def index(book):
    folder = Path(book.app.outdir, "pagefind")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def one(built):
    return fragments(built)["/book/papers/one.html"]


def test_results_carry_title_authors_venue_and_year(one):
    told = {"title": "One", "authors": "First Last", "venue": "JT", "year": "2001", "tldr": "It is short."}
    assert one["meta"] == told


def test_chapters_can_be_filtered(one):
    assert one["filters"] == {"venue": ["JT"], "year": ["2001"], "keyword": ["testing"]}


def test_prose_is_searched_with_the_records_and_inline_formulas(one):
    for word in ("wombat", "The First Paper", "First Last", "JT 2001", "testing", "quokka"):
        assert word in one["content"]
    assert one["content"].count("quokka") == 1


@pytest.mark.parametrize("word", ["numbat", "bandicoot", "dunnart", "potoroo", "The Second Paper", "bibtex", "#"])
def test_code_outputs_displayed_formulas_and_reference_lists_are_not(one, word):
    assert word not in one["content"]


def test_results_lead_to_sections(one):
    headings = [(each["id"], each["text"]) for each in one["anchors"] if each["element"] == "h2"]
    assert headings[0] == ("in-short", "In short")
    assert headings[1] in (("further-down", "Further down"), ("deep", "Further down"))  # MyST-Parser 5: the label's


def test_pages_of_the_book_are_searched_and_generated_ones_are_not(built):
    assert {"/", "/book/papers/one.html", "/book/papers/two.html"} <= fragments(built).keys()
    assert not {"/search.html", "/genindex.html"} & fragments(built).keys()


def test_titles_that_only_lead_elsewhere_do_not_match(built):
    assert "Two" not in fragments(built)["/"]["content"]
    assert "Second Paper" not in fragments(built)["/bibliography.html"]["content"]


@pytest.mark.parametrize(("kind", "listed"), [("venue", False), ("claims", False), ("gallery", True)])
def test_listings_are_not_searched(tmp_path, kind, listed):
    write_book(
        tmp_path, CHAPTERS, bibliography=f"# Bibliography\n\n```{{bibliography}}\n```\n\n```{{listing}} {kind}\n```\n"
    )
    book = TinyBook(tmp_path, exegesis_search=True)
    assert book.messages == []
    found = fragments(book)
    assert ("/bibliography.html" in found) == listed
    assert not listed or "It is short" not in found["/bibliography.html"]["content"]


def test_what_people_write_stays_text(tmp_path):
    bib = BIB.replace("The First Paper", r"<script>alert(1)</script> \& {漢字}")
    front = FRONT.replace("It is short.", repr(HOSTILE))
    write_book(tmp_path, {"one": chapter("# One\n", front)}, bib=bib)
    book = TinyBook(tmp_path, exegesis_search=True)
    assert all("is shown as it stands" in message for message in book.messages)
    found = fragments(book)["/book/papers/one.html"]
    assert found["meta"]["tldr"] == HOSTILE
    assert "<script>alert(1)</script> & 漢字" in found["content"]


def test_the_search_page_is_the_books_own(built):
    page = built.file("search.html")
    assert 'src="_static/search.js' in page
    assert "<noscript>" in page
    assert 'action="../../search.html"' in built.page("one")  # of the theme's search box
    assert "search.js" not in built.page("one")


def test_without_scripts_the_search_page_leads_to_the_listings(tmp_path):
    write_book(tmp_path, CHAPTERS, bibliography="# Bibliography\n\n```{bibliography}\n```\n\n```{listing} venue\n```\n")
    page = TinyBook(tmp_path, exegesis_search=True).file("search.html")
    assert '<a href="bibliography.html">venue</a>' in page


def test_sphinx_search_is_neither_made_nor_loaded(built):
    assert not Path(built.app.outdir, "searchindex.js").exists()
    for page in ("search.html", "genindex.html", "index.html", "book/papers/one.html"):
        text = built.file(page)
        assert not [name for name in ("searchtools.js", "language_data.js", "searchindex.js") if name in text]


def test_two_builds_give_the_same_bytes(built, tmp_path):
    assert index(build(tmp_path, parallel=2)) == index(built)


def test_an_incremental_build_equals_a_clean_one(tmp_path):
    build(tmp_path / "incremental")
    changed = {"one": CHAPTERS["one"].replace("wombat", "bilby")}  # and a chapter less
    (tmp_path / "incremental/book/papers/two.md").unlink()
    incremental = build(tmp_path / "incremental", changed)
    assert index(incremental) == index(build(tmp_path / "clean", changed))
    assert "/book/papers/two.html" not in fragments(incremental)


def test_nothing_written_makes_no_index_anew(tmp_path, monkeypatch):
    build(tmp_path)
    monkeypatch.setattr(search, "_start_index", lambda *args: pytest.fail("it ran"))
    TinyBook(tmp_path, exegesis_search=True, html_theme="sphinx_book_theme")


def test_a_change_that_is_not_searched_makes_no_index_anew(tmp_path, monkeypatch):
    build(tmp_path)
    monkeypatch.setattr(search, "_start_index", lambda *args: pytest.fail("it ran"))
    book = build(tmp_path, CHAPTERS | {"one": CHAPTERS["one"].replace("potoroo", "bettong")})
    assert "bettong" in book.page("one")


def test_files_of_the_index_that_did_not_change_are_left(tmp_path):
    def times(book):
        return {path: path.stat().st_mtime_ns for path in Path(book.app.outdir, "pagefind").glob("fragment/*")}

    before = times(build(tmp_path))
    after = times(build(tmp_path, CHAPTERS | {"two": CHAPTERS["two"].replace("kowari", "dibbler")}))
    assert len(after) == len(before)
    assert len(after.items() - before.items()) == 1


def test_an_index_that_was_lost_is_made_anew(tmp_path):
    book = build(tmp_path)
    before = index(book)
    for file in sorted(Path(book.app.outdir, "pagefind").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    Path(book.app.outdir, "pagefind").rmdir()
    assert index(build(tmp_path)) == before


def test_it_can_be_switched_off(tmp_path):
    book = build(tmp_path, exegesis_search=False)
    assert not Path(book.app.outdir, "pagefind").exists()
    assert Path(book.app.outdir, "searchindex.js").exists()
    assert "searchtools.js" in book.file("search.html")


def test_the_preview_of_a_chapter_has_none(tmp_path):
    write_book(tmp_path, CHAPTERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sphinx.builders.html.StandaloneHTMLBuilder.search", False)
        patch.setattr("exegesis.sphinxext.site.links.dead_links", lambda *site: [])  # nobody follows a preview's
        book = TinyBook(tmp_path, exegesis_search=True)
    assert book.messages == []
    assert not Path(book.app.outdir, "pagefind").exists()
    assert not Path(book.app.outdir, "search.html").exists()


def test_a_missing_pagefind_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    [message] = build(tmp_path, clean=False).messages
    assert message.startswith("the book:1: Pagefind is not installed")


def test_a_pagefind_that_fails_is_told_until_it_works(tmp_path, monkeypatch):
    package = importlib.util.find_spec("pagefind_bin")
    assert package is not None
    with monkeypatch.context() as patch:
        patch.setattr("pagefind_bin.get_executable", lambda: sys.executable)
        [message] = build(tmp_path, clean=False).messages
        assert message.startswith("the book:1: Pagefind failed (status 2)")
    assert fragments(build(tmp_path))


def test_an_index_that_failed_is_made_by_the_next_build(tmp_path, monkeypatch):
    build(tmp_path)
    changed = CHAPTERS | {"two": CHAPTERS["two"].replace("kowari", "dibbler")}
    with monkeypatch.context() as patch:
        patch.setattr("pagefind_bin.get_executable", lambda: sys.executable)
        assert build(tmp_path, changed, clean=False).messages
    assert "dibbler" in fragments(build(tmp_path, changed))["/book/papers/two.html"]["content"]
