"""The theme's launch buttons are there, and the notebook beside them is the executed one."""

import json

from sphinx_book_theme.header_buttons.launch import add_launch_buttons

from tests.tiny import TinyBook, chapter, write_book

OPTIONS = {"repository_url": "https://github.com/o/r", "launch_buttons": {"binderhub_url": "https://mybinder.org"}}


def test_the_theme_adds_its_buttons_and_replaces_no_notebook(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n\n```{code-cell} python\n6 * 7\n```\n")})
    book = TinyBook(folder, html_theme="sphinx_book_theme", html_theme_options=OPTIONS)
    assert book.messages == []
    assert "Launch on Binder" in book.page("first")
    cells = json.loads(book.file("_sources/book/papers/first.ipynb"))["cells"]
    assert [cell["id"] for cell in cells] == ["cell-0", "cell-1"]
    assert cells[1]["outputs"][0]["data"]["text/plain"] == "42"


def test_the_theme_asks_by_this_function(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")}), html_theme="sphinx_book_theme")
    handlers = [one.handler for one in book.app.events.listeners["html-page-context"]]
    assert add_launch_buttons not in handlers  # taken over
    assert {one.__module__ for one in handlers} >= {"sphinx_book_theme.header_buttons.source"}
