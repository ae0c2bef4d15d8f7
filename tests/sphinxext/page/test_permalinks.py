"""Permalinks say where they lead, and stand beside headings, not in them."""

import re

import pytest

from exegesis.sphinxext.page.permalinks import named
from tests.tiny import TinyBook, chapter, write_book

PAGE = """\
# One & *two* $x^2$

## A part

$$ a = b $$ (eq-one)

```{claim} far
:evidence: quoted
:source: p. 1
:why: far
It is far.
```

```{figure} plan.svg
:name: fig-plan
:alt: A plan.

A plan.
```

```{list-table} Numbers
* - 1
```
"""


def links(page):
    """Of each permalink: where it leads, its name, and whether it stands in a heading."""
    return re.findall(r'(</h[1-6]>|)<a class="headerlink" href="([^"]*)" title="([^"]*)" aria-label="([^"]*)">', page)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"one": chapter(PAGE)})
    (folder / "book/papers/plan.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    book = TinyBook(folder, html_theme="sphinx_book_theme")
    assert book.messages == []
    return book


def test_each_says_where_it_leads(book):
    found = {place: name for _, place, title, name in links(book.page("one"))}
    assert found["#one-two-x-2"] == "Link to One &amp; two x²"
    assert found["#a-part"] == "Link to A part"
    assert found["#equation-eq-one"] == "Link to formula 1"
    assert found["#claim-far"] == "Link to claim far"
    assert found["#fig-plan"] == "Link to Fig. 1"
    assert "Link to Table 1" in found.values()
    assert len(found) == book.page("one").count('class="headerlink"')


def test_those_of_headings_stand_beside_them(book):
    page = book.page("one")
    headings = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", page, re.DOTALL)
    assert headings
    assert not [each for each in headings if "headerlink" in each]
    beside = [place for closed, place, _, _ in links(page) if closed]
    assert {"#one-two-x-2", "#a-part", "#references"} <= set(beside)


def test_a_page_with_another_theme_keeps_what_sphinx_wrote(tmp_path):
    page = TinyBook(write_book(tmp_path, {"one": chapter("# One\n")})).page("one")
    assert 'title="Link to this heading">' in page
    assert 'class="heading' not in page


def test_what_has_no_link_is_left_alone():
    body = '<h2>Plain</h2><p>#</p><h3>Other <a href="#x">#</a></h3>'
    assert named(body, {}) == body


def test_a_link_that_says_where_it_leads_keeps_its_words():
    link = '<a class="headerlink" href="#e" title="x" aria-label="Link to exercise 1">#</a>'
    assert 'aria-label="Link to exercise 1"' in named(f"<h3>Undecided {link}</h3>", {})


def test_an_unknown_heading_is_a_section():
    assert 'aria-label="Link to this section"' in named('<h2>A<a class="headerlink" href="#a" title="t">#</a></h2>', {})
