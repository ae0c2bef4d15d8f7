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


def build(folder, toc=TOC, **chapters):
    write_book(folder, {name: chapter(text) for name, text in chapters.items()})
    (folder / "conf.py").write_text(CONF.replace('["myst_nb"', '["sphinx_external_toc", "myst_nb"'), "utf-8")
    (folder / "index.md").write_text("# Tiny\n", "utf-8")
    (folder / "_toc.yml").write_text(toc, "utf-8")
    (folder / "left").mkdir()
    (folder / "left/out.md").write_text("# Out\n", "utf-8")
    return TinyBook(folder, exclude_patterns=["_build", "left"])


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
    assert len(book.messages) == 1, "Sphinx does not tell it once more"


def test_what_the_map_names_and_is_not_there_is_told_once_at_its_line(tmp_path):
    book = build(tmp_path, toc=TOC + "  - file: gone\n  - glob: no/*\n- file: left/out\n", one="# One\n")
    assert [str(told).split(";")[0] for told in book.messages] == [
        "_toc.yml:7: there is no file for 'gone'",
        "_toc.yml:8: the pattern 'no/*' finds no page",
        "_toc.yml:9: 'left/out' is listed, but Sphinx does not read it",
    ]


def test_a_book_without_one_has_no_map(tmp_path):
    assert site_map(TinyBook(write_book(tmp_path, {"one": chapter("# One\n")})).app) is None
