"""A book of sphinx-book-theme gets the theme that inherits it; one with another look gets the files of the parts."""

import re

import pytest

from exegesis.sphinxext.theme import FOLDER, NAME, PARENT, has_shell
from tests.tiny import TinyBook, chapter, write_book

CODE = "# One\n\n```{code-cell} python\n6 * 7\n```\n\n{cite:t}`second2002paper`\n"


def build(folder, **options):
    book = TinyBook(write_book(folder, {"one": chapter(CODE)}), **options)
    assert book.messages == []
    return book


def not_written(book, name):
    """What a page loads from the site, and is not there."""
    files = re.findall(r'<(?:link|script)[^>]*(?:href|src)="(?:\.\./)*(_static/[^"?]*)', book.file(name))
    assert files
    return [file for file in files if not (book.app.outdir / file).exists()]


@pytest.mark.parametrize("named", [PARENT, NAME])
def test_a_book_of_the_parents_inherits_its_looks_and_options(tmp_path, named):
    book = build(tmp_path, html_theme=named, html_theme_options={"announcement": "To all"})
    assert has_shell(book.app)
    assert "To all" in book.page("one")
    assert book.page("one").count('<main id="main-content"') == 1
    assert not_written(book, "book/papers/one.html") == []


@pytest.mark.parametrize("named", ["basic", "pydata_sphinx_theme"])
def test_a_book_with_another_look_keeps_it_and_gets_what_the_parts_need(tmp_path, named):
    book = build(tmp_path, html_theme=named)
    assert not has_shell(book.app)
    assert not_written(book, "book/papers/one.html") == []
    page = book.page("one")
    assert "exegesis.css" in page
    assert "run.js" in page
    assert not [
        name for name in ("theme.css", "theme.js", "shell.css", "shell.js", "print.css") if f"_static/{name}" in page
    ]


def test_a_theme_that_inherits_this_one_has_its_shell(tmp_path):
    theme = tmp_path / "themes/mine"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text(f'[theme]\ninherit = "{NAME}"\n', "utf-8")
    book = build(tmp_path, html_theme="mine", html_theme_path=["themes"])
    assert has_shell(book.app)
    assert 'class="sidebar-toggle primary-toggle' in book.page("one")


def test_a_layout_of_the_books_own_extends_the_shell(tmp_path):
    (tmp_path / "_templates").mkdir()
    layout = '{% extends "!layout.html" %}{% block footer %}<p>Mine</p>{% endblock %}'
    (tmp_path / "_templates/layout.html").write_text(layout, "utf-8")
    page = build(tmp_path, html_theme=PARENT, templates_path=["_templates"]).page("one")
    assert "<p>Mine</p>" in page
    assert 'class="sidebar-toggle primary-toggle' in page


def test_the_package_has_all_that_the_theme_is_made_of():
    assert {path.name for path in FOLDER.glob("*.*")} == {
        "__init__.py",
        "theme.toml",
        "layout.html",
        "sidebar.html",
        "front-door.html",
        "begin.js",
        "no-scripts.css",
    }
