"""A book with numbers through several tables of contents is read in parallel."""

import sphinx_multitoc_numbering
from sphinx.environment.collectors.toctree import TocTreeCollector

from exegesis.sphinxext.patches.multitoc import EXTENSION
from tests.tiny import CONF, TinyBook, chapter, write_book


class Silent:
    """An application that registers nothing."""

    def connect(self, *_):
        pass


def test_the_extension_still_does_not_say_that_it_may(monkeypatch):
    monkeypatch.setattr(TocTreeCollector, "assign_section_numbers", TocTreeCollector.assign_section_numbers)
    assert sphinx_multitoc_numbering.setup(Silent()) is None, "else it may say so by itself"


def test_the_book_may_be_read_in_parallel_and_nothing_is_warned_of(tmp_path, monkeypatch):
    monkeypatch.setattr(TocTreeCollector, "assign_section_numbers", TocTreeCollector.assign_section_numbers)
    folder = write_book(tmp_path, {f"c{i}": chapter(f"# Chapter {i}\n") for i in range(8)})
    (folder / "conf.py").write_text(CONF.replace('["myst_nb"', f'["{EXTENSION}", "myst_nb"'), "utf-8")
    book = TinyBook(folder, parallel=2)
    assert book.messages == []
    assert EXTENSION in book.app.extensions
    assert book.app.is_parallel_allowed("read")
