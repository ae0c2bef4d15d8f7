"""Results are read from the store once a chapter, and reading writes nothing to it."""

import json

from jupyter_cache.cache.main import JupyterCacheBase

from exegesis.paths import store_path
from tests.tiny import TinyBook, chapter, write_book

CHAPTER = chapter("# One\n\n```{code-cell} python\n6 * 7\n```\n")


def test_reading_does_not_write_to_the_store(tmp_path):
    TinyBook(write_book(tmp_path, {"one": CHAPTER}))
    cache = JupyterCacheBase(store_path(tmp_path))
    before = [record.accessed for record in cache.list_cache_records()]
    book = TinyBook(write_book(tmp_path, {"one": CHAPTER + "\nMore.\n"}), run=False)
    assert "More." in book.page("one")
    assert [record.accessed for record in cache.list_cache_records()] == before


def test_the_executed_notebook_comes_back_when_it_was_taken_away(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": CHAPTER}))
    path = book.app.outdir / "_sources/book/papers/one.ipynb"
    text = path.read_text("utf-8")
    assert [cell["outputs"][0]["data"]["text/plain"] for cell in json.loads(text)["cells"] if "outputs" in cell] == [
        "42"
    ]
    path.unlink()
    TinyBook(tmp_path)
    assert path.read_text("utf-8") == text


def test_the_next_page_does_not_get_the_last_ones_result(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": CHAPTER, "two": chapter("# Two\n")}))
    assert "6 * 7" in book.file("_sources/book/papers/one.ipynb")
    assert not (tmp_path / "_build/test/html/_sources/book/papers/two.ipynb").exists()
