"""The map of the book is where sphinx-external-toc puts it, and says what is asked of it.

That a title which changed there reaches the pages is tested in test_incremental.py.
"""

from exegesis.sphinxext.patches.external_toc import site_map
from tests.tiny import CONF, TinyBook, chapter, write_book

TOC = """\
root: index
entries:
- file: bibliography
  title: All
  entries:
  - file: book/papers/one
"""


def build(folder, **chapters):
    write_book(folder, {name: chapter(text) for name, text in chapters.items()})
    (folder / "conf.py").write_text(CONF.replace('["myst_nb"', '["sphinx_external_toc", "myst_nb"'), "utf-8")
    (folder / "index.md").write_text("# Tiny\n", "utf-8")
    (folder / "_toc.yml").write_text(TOC, "utf-8")
    return TinyBook(folder)


def test_the_map_has_titles_and_what_is_below_a_page(tmp_path):
    book = build(tmp_path, one="# One\n")
    assert book.messages == []
    found = site_map(book.app)
    assert {name: found[name].title for name in found} == {
        "index": None,
        "bibliography": "All",
        "book/papers/one": None,
    }
    assert list(found["bibliography"].child_files()) == ["book/papers/one"]
    assert book.app.env.external_site_map is found, "for the next build to compare"


def test_a_chapter_that_the_map_lacks_is_told(tmp_path):
    book = build(tmp_path, one="# One\n", two="# Two\n")
    assert any("two.md:1: the chapter has no place in _toc.yml" in told for told in book.messages)


def test_a_book_without_one_has_no_map(tmp_path):
    assert site_map(TinyBook(write_book(tmp_path, {"one": chapter("# One\n")})).app) is None
