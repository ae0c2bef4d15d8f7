"""A book whose home page has another address has a page at its root that leads there."""

import pytest

from tests.tiny import TinyBook, chapter, write_book


def build(folder, home, theme):
    write_book(folder, {"one": chapter("# One\n")})
    if home != "index":
        (folder / "index.md").rename(folder / f"{home}.md")
    book = TinyBook(folder, root_doc=home, html_theme=theme, html_title="A & B", html_baseurl="https://example.org/")
    assert book.messages == []
    return book


def test_the_root_leads_to_the_home_page(tmp_path):
    page = build(tmp_path, "home", "sphinx_book_theme").file("index.html")
    assert '<meta http-equiv="refresh" content="0; url=home.html">' in page
    assert '<link rel="canonical" href="https://example.org/home.html">' in page


def test_a_home_page_at_the_root_is_its_own_door(tmp_path):
    assert 'http-equiv="refresh"' not in build(tmp_path, "index", "sphinx_book_theme").file("index.html")


@pytest.mark.parametrize("theme", ["basic"])
def test_a_theme_without_a_door_has_none(tmp_path, theme):
    assert not (build(tmp_path, "home", theme).app.outdir / "index.html").exists()
