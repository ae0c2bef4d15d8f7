"""Chapters are edited, and begun, in the web editor of the book's repository."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from exegesis.contract.beginning import BLANK, beginning
from exegesis.sphinxext.page.editing import LONGEST, edit_address, new_address
from tests.tiny import TinyBook, chapter, write_book

HUB = "https://github.com/owner/book"
PROPOSE = "# Bibliography\n\n```{bibliography}\n:style: plain\n```\n\n```{propose}\nThe *checks* say more.\n```\n"


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        (HUB, f"{HUB}/edit/main/book/papers/a%20b.md"),
        (f"{HUB}.git", f"{HUB}/edit/main/book/papers/a%20b.md"),
        (f"{HUB}/", f"{HUB}/edit/main/book/papers/a%20b.md"),
        ("https://gitlab.com/a/b/c", "https://gitlab.com/a/b/c/-/edit/main/book/papers/a%20b.md"),
        ("https://example.org/owner/book", ""),
        ("https://github.com.example.org/owner/book", ""),
        ("", ""),
    ],
)
def test_hosts_whose_editor_is_known_are_linked_to(repository, address):
    assert edit_address(repository, "main", "book/papers/a b.md") == address


def test_a_new_chapter_goes_whole_into_a_link_that_servers_take():
    address = new_address(HUB, "a/branch", "book/papers")
    assert address.startswith(f"{HUB}/new/a/branch/book/papers?")
    assert len(address) < LONGEST
    given = parse_qs(urlsplit(address).query, strict_parsing=True)
    assert given == {"filename": ["my-paper.md"], "value": [beginning(**BLANK)]}


def test_a_host_that_takes_no_text_by_a_link_gets_none():
    assert new_address("https://gitlab.com/a/b", "main", "book/papers") == ""


def linked(book, slug, text):
    found = re.search(rf'href="([^"]*)">{text}</a>', book.page(slug) if slug else book.file("bibliography.html"))
    return html.unescape(found[1]) if found else None


def test_the_links_stand_on_the_pages(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")}, bibliography=PROPOSE)
    book = TinyBook(folder, exegesis_repository=HUB)
    assert book.messages == []
    assert linked(book, "first", "Edit this chapter") == f"{HUB}/edit/main/book/papers/first.md"
    assert linked(book, "", "Propose a summary") == new_address(HUB, "main", "book/papers")
    assert "The <em>checks</em> say more." in book.file("bibliography.html")


def test_a_book_without_a_repository_says_nothing_of_it(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")}, bibliography=PROPOSE)
    book = TinyBook(folder)
    assert book.messages == []
    assert linked(book, "first", "Edit this chapter") is None
    assert "checks" not in book.file("bibliography.html")


def test_the_branch_and_the_folder_are_those_of_the_book(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")})
    options = {"repository_url": HUB, "repository_branch": "trunk", "path_to_docs": "docs/"}
    theirs = TinyBook(folder, html_theme_options=options, html_theme="basic")
    assert linked(theirs, "first", "Edit this chapter") == f"{HUB}/edit/trunk/docs/book/papers/first.md"
    ours = TinyBook(folder, exegesis_repository=HUB, exegesis_branch="dev")
    assert linked(ours, "first", "Edit this chapter") == f"{HUB}/edit/dev/book/papers/first.md"


def test_no_other_format_has_the_link(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")}, bibliography=PROPOSE)
    book = TinyBook(folder, builder="text", exegesis_repository=HUB)
    assert "Propose" not in book.file("bibliography.txt")
