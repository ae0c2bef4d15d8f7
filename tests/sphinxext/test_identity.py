"""What a book publishes of itself comes from its own title, address and settings."""

import re
from xml.etree import ElementTree as ET

import pytest

from exegesis.sphinxext.identity import urn
from tests.tiny import TinyBook, chapter, write_book


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"first": chapter("# First\n")})
    return TinyBook(folder, html_title="Tiny", exegesis_description="Small things.")


def ids(book, **config):
    book.app.config.html_title, book.app.config.html_baseurl = config.get("title", "Tiny"), config.get("address", "")
    book.app.config.exegesis_identity = config.get("identity", "")
    return urn(book.app, "first")


def test_another_title_or_address_is_another_book_unless_it_has_an_identity(tiny):
    assert ids(tiny) == ids(tiny)
    assert len({ids(tiny), ids(tiny, title="Other"), ids(tiny, address="https://example.org/")}) == 3
    assert ids(tiny, address="https://example.org") == ids(tiny, address="https://example.org/", title="Renamed")
    assert ids(tiny, identity="x") == ids(tiny, identity="x", title="Other", address="https://example.org/")


def test_this_books_ids_are_those_that_it_always_had(tiny):
    assert ids(tiny, identity="exegesis") == "urn:uuid:4a6cb35b-0e23-5491-bf47-2e0140726767"


def test_its_own_words_are_in_what_it_publishes(tiny):
    assert tiny.file("llms.txt").startswith("# Tiny\n\n> Small things.\n")
    assert "@incollection{tiny-first," in tiny.file("book/papers/first.bib")
    assert ET.fromstring(tiny.file("feed.xml")).findtext("{http://www.w3.org/2005/Atom}title") == "Tiny"
    assert 'content="Bibliography: Small things."' in tiny.file("bibliography.html")


def test_the_repository_that_jupyter_book_gives_to_all_books_is_nobodys(tmp_path):
    """Should Jupyter Book give another one, its own name below stands in the pages of every book."""
    jupyter_book = pytest.importorskip("jupyter_book.config", reason="it can't be installed beside Sphinx 8")
    config, _ = jupyter_book.get_final_config(user_yaml={"title": "Tiny"}, cli_config={"latex_individualpages": False})
    folder = write_book(tmp_path, {"first": chapter("# First\n")})
    book = TinyBook(folder, html_theme_options={"repository_url": config["html_theme_options"]["repository_url"]})
    assert "issues/new" not in book.page("first")


def test_jupyter_books_repository_is_the_books(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")})
    book = TinyBook(folder, html_theme_options={"repository_url": "https://github.com/o/r"}, html_theme="basic")
    assert "https://github.com/o/r/issues/new?" in book.page("first")
    assert not re.search("colab|binder", book.page("first"), re.IGNORECASE)  # nobody named a branch with notebooks
