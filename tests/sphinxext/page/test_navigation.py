"""The sidebar shows a page's own branch of the book, and of a long group its own neighbourhood."""

import re

import pytest

from exegesis.sphinxext.page import navigation
from tests.tiny import TinyBook, chapter, write_book

MOST, AROUND = 7, 2


@pytest.fixture(scope="module", autouse=True)
def a_group_of_eight_is_long():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(navigation, "MOST", MOST)
        patch.setattr(navigation, "AROUND", AROUND)
        yield


def sidebar(page):
    return re.search(r'<nav class="bd-links bd-docs-nav".*?</nav>', page, re.DOTALL)[0]


def links(page):
    return re.findall(r'href="([^"]*)"', sidebar(page))


def build(folder, chapters, index=None):
    write_book(folder, chapters)
    if index:
        (folder / "index.md").write_text(index, "utf-8")
        (folder / "group.md").write_text(
            "# The group\n\n```{toctree}\n" + "".join(f"book/papers/{slug}\n" for slug in chapters) + "```\n", "utf-8"
        )
    book = TinyBook(folder, html_theme="sphinx_book_theme")
    assert book.messages == []
    return book


@pytest.fixture(scope="module")
def long_book(tmp_path_factory, a_group_of_eight_is_long):
    chapters = {f"c{i}": chapter(f"# Chapter {i}\n") for i in range(MOST + 1)}
    index = "# Tiny\n\n```{toctree}\n:caption: All\n\ngroup\nbibliography\nAway <https://example.org/>\n```\n"
    return build(tmp_path_factory.mktemp("book"), chapters, index)


def test_a_page_shows_the_groups_and_its_neighbourhood(long_book):
    found = links(long_book.page("c4"))
    around = [f"c{i}.html" for i in range(4 - AROUND, 5 + AROUND)]
    around[AROUND] = "#"
    groups = ["../../group.html", *around, "../../group.html"]
    assert found == [*groups, "../../bibliography.html", "https://example.org/"]
    assert f">all {MOST + 1}</a>" in sidebar(long_book.page("c4"))
    assert sidebar(long_book.page("c4")).count('aria-current="page"') == 1


def test_another_branch_is_closed(long_book):
    assert links(long_book.file("bibliography.html")) == ["group.html", "#", "https://example.org/"]
    assert '<span class="caption-text">All</span>' in sidebar(long_book.file("bibliography.html"))


def test_a_short_list_is_whole_and_titles_keep_their_formulas(tmp_path):
    book = build(tmp_path, {"one": chapter("# One & all\n"), "two": chapter("# The $x^2$ *net*\n")})
    assert links(book.page("one")) == ["#", "two.html", "../../bibliography.html"]
    assert "One &amp; all</a>" in sidebar(book.page("one"))
    assert "<em>net</em>" in sidebar(book.page("one"))
    assert 'class="katex"' in sidebar(book.page("one"))
    assert "all 3" not in sidebar(book.page("one"))


@pytest.mark.parametrize(("place", "begin"), [(None, 0), (0, 0), (AROUND + 5, 5), (99, 100 - 2 * AROUND - 1)])
def test_the_window_keeps_its_length_at_the_ends(place, begin):
    assert navigation._window(100, place) == (begin, begin + 2 * AROUND + 1)
