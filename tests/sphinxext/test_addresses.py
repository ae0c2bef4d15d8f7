"""Addresses within the site, as they stand on a page and as they stand elsewhere."""

import pytest

from exegesis.sphinxext.addresses import absolute, from_page, slug_of


class App:
    """What an address depends on."""

    def __init__(self, suffix=".html", base=""):
        self.builder = self.config = self
        self.suffix, self.html_baseurl = suffix, base

    def get_target_uri(self, docname):
        return docname + self.suffix


@pytest.mark.parametrize(("docname", "slug"), [("one", "one"), ("book/papers/one", "one")])
def test_a_chapter_is_known_by_the_last_part_of_its_docname(docname, slug):
    assert slug_of(docname) == slug


@pytest.mark.parametrize(
    ("docname", "uri", "expected"),
    [
        ("index", "feed.xml", "feed.xml"),
        ("book/papers/one", "feed.xml", "../../feed.xml"),
        ("book/papers/one", "book/papers/one.bib", "one.bib"),
        ("book/papers/one", "pyodide/", "../../pyodide/"),
    ],
)
def test_a_page_names_the_sites_files_from_where_it_stands(docname, uri, expected):
    assert from_page(App(), docname, uri) == expected


def test_a_page_that_is_a_folder_stands_one_deeper():
    assert from_page(App("/"), "book/papers/one", "feed.xml") == "../../../feed.xml"


@pytest.mark.parametrize("base", ["https://example.org/book", "https://example.org/book/"])
def test_an_address_for_others_begins_with_the_sites(base):
    assert absolute(App(base=base), "feed.xml") == "https://example.org/book/feed.xml"
    assert absolute(App(), "feed.xml") == "feed.xml"
