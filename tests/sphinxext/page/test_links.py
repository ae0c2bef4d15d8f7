"""Logo, repository, launch buttons and icon links of _config.yml show in the shell."""

import re

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

OPTIONS = {
    "repository_url": "https://github.com/o/r",
    "repository_branch": "trunk",
    "path_to_docs": "docs",
    "use_repository_button": True,
    "use_issues_button": True,
    "use_edit_page_button": True,
    "home_page_in_toc": True,
    "launch_buttons": {"binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com"},
    "icon_links": [{"name": "Chat & talk", "url": "https://example.org/?a=1&b=2", "icon": "fa-brands fa-x"}],
    "analytics": {"plausible_analytics_domain": "d.org", "plausible_analytics_url": "https://p.org/script.js"},
}
CELL = "# First\n\n```{code-cell} python\n1 + 1\n```\n"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"first": chapter(CELL)})
    (folder / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8")
    book = TinyBook(folder, html_theme="sphinx_book_theme", html_theme_options=dict(OPTIONS), html_logo="logo.svg")
    assert book.messages == []
    return book.page("first")


def test_the_source_of_a_page_is_linked_in_words(page):
    links = re.search(r'<nav class="page-links.*?</nav>', page, re.DOTALL)[0]
    found = dict(reversed(pair) for pair in re.findall(r'<a href="([^"]*)">([^<]*)</a>', links))
    assert found["Repository"] == "https://github.com/o/r"
    assert found["Suggest edit"] == "https://github.com/o/r/edit/trunk/docs/book/papers/first.md"
    assert found["Open issue"].startswith("https://github.com/o/r/issues/new?")
    assert "/gh/o/r/trunk?urlpath=" in found["Launch on Binder"]
    assert len(found) == 4  # Colab opens no Markdown


def test_the_logo_stands_beside_the_title(page):
    brand = re.search(r'<a class="navbar-brand.*?</a>', page, re.DOTALL)[0]
    assert 'src="../../_static/logo.svg"' in brand
    assert 'alt=""' in brand
    assert "logo__title" in brand


def test_icon_links_are_words_in_the_sidebar(page):
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="noopener">Chat &amp; talk</a>' in page


def test_the_home_page_stands_in_the_sidebar_and_what_counts_visits_is_loaded(page):
    assert "bd-sidenav__home-link" in page
    assert 'data-domain="d.org"' in page
    assert 'src="https://p.org/script.js"' in page


def test_a_book_that_asks_for_nothing_gets_nothing(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter(CELL, FRONT)}), html_theme="sphinx_book_theme").page("first")
    for mark in ("page-links", "sidebar-links", "logo__image"):
        assert mark not in page


def test_a_repository_of_an_unknown_host_ends_no_build(tmp_path):
    folder = write_book(tmp_path, {"first": chapter(CELL)})
    book = TinyBook(folder, html_theme="sphinx_book_theme", exegesis_repository="https://example.org/o/r")
    assert book.messages == []
    assert "https://example.org/o/r/issues/new" in book.page("first")
