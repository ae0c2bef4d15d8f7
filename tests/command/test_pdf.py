"""Chapters and the whole book on paper: outline, page numbers, and links that lead somewhere."""

import io
import os
import re
import shutil
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pypdf
import pytest

from exegesis.command.cli import OK, USAGE, main
from exegesis.command.pdf.chromium import Printer
from exegesis.paths import book_name, pdf_path
from tests.sphinxext.reading.test_exercises import SOUND
from tests.tiny import CONF, FRONT, TinyBook, chapter, write_book

ONE = """\
# One

## The idea

The first idea, that [two](two.md) has too, as {ref}`said there <there>`.
See [a page](https://example.org/a), [a server](http://127.0.0.1:8000/b).
"""
TWO = """\
# Two

## The idea

Another.

(there)=
## There, where a heading is so long that it goes on in a second line of the sheet's width

It is said.
"""
#: What no author may write, and a template or another extension may.
OF_A_TEMPLATE = """\
<p><a href="file:///etc/c">a file</a> <a href="#no">a place</a> <a href="../../feed.xml">a feed</a>,
<a href="#the-idea">the idea</a></p></article>"""
SECOND = FRONT.replace("first2001paper", "second2002paper")
LOOK = {"html_theme": "sphinx_book_theme", "html_title": "Tiny Tests"}
CONFIG = CONF + "".join(f"{name} = {value!r}\n" for name, value in LOOK.items())


def build(folder, chapters, **config):
    book = TinyBook(write_book(folder, chapters), **(LOOK | config))
    assert book.messages == []
    return folder / "_build/test/html"


@pytest.fixture(scope="module")
def chapters():
    return {"one": chapter(ONE), "two": chapter(TWO, SECOND)}


@pytest.fixture(scope="module")
def site(tmp_path_factory, chapters):
    site = build(tmp_path_factory.mktemp("book"), chapters)
    for page in site.glob("book/papers/*.html"):
        page.write_text(page.read_text("utf-8").replace("</article>", OF_A_TEMPLATE), "utf-8")
    return site


@pytest.fixture(scope="module")
def whole(browser, site):
    """The PDF of the whole book."""
    title, pdf = Printer(browser, site).print(["index.html", "book/papers/one.html", "book/papers/two.html"])
    assert title == "Tiny Tests"
    return pypdf.PdfReader(io.BytesIO(pdf))


@pytest.fixture(scope="module")
def one(browser, site):
    """The PDF of the first chapter."""
    return pypdf.PdfReader(io.BytesIO(Printer(browser, site).print(["book/papers/one.html"], "Letter")[1]))


def outline(reader, items=None, depth=0):
    """Return the headings, with how deep they stand and the page, from 0."""
    for item in reader.outline if items is None else items:
        if isinstance(item, list):
            yield from outline(reader, item, depth + 1)
        else:
            yield item.title, depth, reader.get_destination_page_number(item)


def links(reader):
    """Return what each link leads to: an address, or the heading at whose page and height it arrives."""
    found = {}
    for page in reader.pages:
        for each in page.get("/Annots", ()):
            link = each.get_object()
            if "/A" in link:
                found.setdefault(link["/A"]["/URI"], "address")
            elif "/Dest" in link:
                found[link["/Dest"]] = place(reader, link["/Dest"])
    return found


def place(reader, name):
    aim = reader.named_destinations[name]
    return reader.get_destination_page_number(aim), float(aim["/Top"])


def text(reader):
    return unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in reader.pages))  # no ligatures


def test_the_outline_has_the_headings_of_all_pages(whole):
    found = list(outline(whole))
    assert [(title, depth) for title, depth, _ in found if title != "References" and title != "Related papers"] == [
        ("Tiny", 0),
        ("One", 0),
        ("The idea", 1),
        ("Two", 0),
        ("The idea", 1),
        ("There, where a heading is so long that it goes on in a second line of the sheet’s width", 1),
    ]
    assert [page for title, depth, page in found if depth == 0] == [0, 1, 2]
    assert whole.metadata.title == "Tiny Tests"
    assert whole.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_links_between_chapters_lead_inside_and_places_of_one_name_stay_apart(whole):
    found = links(whole)
    assert {place for place in found.values() if place != "address"} == {
        place(whole, name) for name in found if name in whole.named_destinations
    }
    first, second = place(whole, "/book/papers/one:the-idea"), place(whole, "/book/papers/two:the-idea")
    assert (first[0], second[0]) == (1, 2)
    assert found["/book/papers/two"][0] == found["/book/papers/two:there"][0] == 2
    assert found["/book/papers/two:there"][1] < second[1]


def test_each_sheet_has_its_number(whole):
    assert [page.extract_text().split()[0] for page in whole.pages] == ["1", "2", "3"]


def test_a_link_out_of_the_book_leads_to_a_real_address_or_nowhere(whole, one):
    for reader in (whole, one):
        out = [name for name, aim in links(reader).items() if aim == "address"]
        assert "https://example.org/a" in out
        assert [name for name in out if re.search(r"file:|127\.|localhost|invalid", name)] == []
        assert "a server" in text(reader) and "a file a place a feed" in text(reader)


def test_a_chapter_by_itself_leads_into_itself_alone(one):
    assert "/book/papers/one:the-idea" in links(one)
    assert [name for name in links(one) if "two" in name] == []
    assert one.metadata.title == "One — Tiny Tests"
    assert one.pages[0].mediabox.width == 612  # Letter's


def test_a_published_chapter_leads_to_where_the_others_are(browser, tmp_path, chapters):
    site = build(tmp_path, chapters, html_baseurl="https://example.org/book/")
    _, pdf = Printer(browser, site).print(["book/papers/one.html"])
    found = links(pypdf.PdfReader(io.BytesIO(pdf)))
    assert found["https://example.org/book/book/papers/two.html#there"] == "address"


def test_hints_and_solutions_stand_at_the_chapters_end(browser, tmp_path):
    site = build(tmp_path, {"one": chapter(SOUND)})
    _, pdf = Printer(browser, site).print(["book/papers/one.html"])
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    words = text(reader)
    order = ["What is their sum?", "Why is that so?", "References", "Hints and solutions", "Go on.", "One adds each"]
    assert [words.count(each) for each in order[3:]] == [1, 1, 1]
    assert sorted(map(words.rindex, order)) == list(map(words.rindex, order))
    assert "10 * len(first)" not in words  # what is run after an answer
    titles = [title for title, _, _ in outline(reader)]
    assert titles[titles.index("Hints and solutions") + 1] == "Exercise 1 Add them up"
    assert "/book/papers/one:exercise-adding" in links(reader)


@pytest.fixture
def book(tmp_path, chapters, site):
    """A book that is built."""
    write_book(tmp_path, chapters)
    shutil.copytree(site, tmp_path / "_build/html")
    (tmp_path / "conf.py").write_text(CONFIG, "utf-8")
    return tmp_path


def run(book, *words):
    """Run the command in a thread of its own: Playwright's test browser has this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(main, ["--book", str(book), "pdf", *words]).result()


def test_the_command_makes_the_chapters_and_the_book(browser, book, capsys):
    assert run(book) == OK
    made = sorted(path.name for path in (book / "_build/pdf").iterdir())
    assert made == ["one.pdf", "tiny-tests.pdf", "two.pdf"]
    assert all(f"_build/pdf/{name}" in capsys.readouterr().out or name for name in made)
    assert len(pypdf.PdfReader(pdf_path(book, "tiny-tests")).pages) > len(pypdf.PdfReader(pdf_path(book, "two")).pages)


def test_a_chapter_that_there_is_not_is_told_with_the_nearest(book, capsys):
    assert run(book, "tow") == USAGE
    assert "there is no chapter 'tow'" in (told := capsys.readouterr().err)
    assert "'two'" in told


def test_without_a_site_or_with_an_older_one_it_says_what_to_do(book, capsys):
    (book / "_build/html/book/papers/two.html").unlink()
    assert run(book) == USAGE
    assert "'book/papers/two.html' is not in _build/html" in capsys.readouterr().err
    shutil.rmtree(book / "_build/html")
    assert run(book) == USAGE
    assert "the book is not built yet" in capsys.readouterr().err
    assert not (book / "_build/pdf").exists()


def test_without_a_browser_it_says_what_to_install(book, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("BROWSER_EXECUTABLE", raising=False)
    assert run(book, "one") == USAGE
    assert "no Chromium found" in capsys.readouterr().err


def test_a_browser_that_is_none_is_told(book, capsys, monkeypatch):
    monkeypatch.setenv("BROWSER_EXECUTABLE", os.devnull)
    assert run(book, "one") == USAGE
    assert f"Chromium could not print: {os.devnull}" in capsys.readouterr().err
    assert not (book / "_build/pdf").exists()


def test_a_chapter_that_is_called_as_the_book_keeps_its_file():
    assert book_name("Tiny Tests", {"one"}) == "tiny-tests"
    assert book_name("One", {"one"}) == "one-book"
    assert book_name("数", {"one"}) == "book"
