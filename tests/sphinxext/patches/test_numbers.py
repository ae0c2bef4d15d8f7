"""Figures are numbered on each page from 1, by Sphinx's own collector, which takes the numbers from here."""

import inspect

import pytest
from sphinx.environment.collectors.toctree import TocTreeCollector

from tests.tiny import TinyBook, chapter, write_book

FIGURE = "```{{figure}} p.png\n:name: fig-{0}\n:alt: A dot.\n\nThe dot.\n```\n"


@pytest.fixture
def book(tmp_path):
    one = chapter(
        f"# One\n\n{FIGURE.format('a')}\n{FIGURE.format('b')}\nSee {{numref}}`fig-b` and {{numref}}`fig-c`.\n"
    )
    folder = write_book(tmp_path, {"one": one, "two": chapter(f"# Two\n\n{FIGURE.format('c')}\n")})
    (folder / "book/papers/p.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    book = TinyBook(folder)
    assert book.messages == []
    return book


def test_references_show_the_numbers_of_their_pages(book):
    page = book.page("one")
    assert page.count('href="#fig-b"><span class="std std-numref">Fig. 2') == 1
    assert page.count('href="two.html#fig-c"><span class="std std-numref">Fig. 1') == 1


def test_captions_too(book):
    assert [book.page(slug).count('class="caption-number">Fig. 1 ') for slug in ("one", "two")] == [1, 1]


def test_the_collector_is_where_it_is_looked_for(book):
    listeners = book.app.events.listeners["env-get-updated"]
    found = [each.handler.__self__ for each in listeners if hasattr(each.handler, "__self__")]
    (collector,) = [each for each in found if isinstance(each, TocTreeCollector)]
    assert collector.assign_figure_numbers.__module__ == "exegesis.sphinxext.patches.numbers"
    assert "self.assign_figure_numbers(env)" in inspect.getsource(TocTreeCollector.get_updated_docs)
