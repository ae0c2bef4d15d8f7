"""A page loads what it needs."""

import re

import pytest

from tests.tiny import TinyBook, chapter, write_book

CODE = """\
# Code

```{code-cell} python
1 + 1
```

```{dropdown} Solution
Two.
```
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"code": chapter(CODE)})
    configuration = (folder / "conf.py").read_text("utf-8")
    more = '"sphinx_design", "sphinx_copybutton", "sphinx_togglebutton", "exegesis.sphinxext"'
    (folder / "conf.py").write_text(configuration.replace('"exegesis.sphinxext"', more), "utf-8")
    book = TinyBook(folder, html_theme="sphinx_book_theme", exegesis_search=True)
    assert book.messages == []
    return book


def loaded(page):
    names = re.findall(r'<(?:script|link rel="stylesheet")[^>]*(?:src|href)="(?:\.\./)*_static/([^"?]*)', page)
    return {re.sub(r"\.[0-9a-f]{64}", "", name) for name in names}


def test_a_page_of_words_loads_the_shell_and_no_more(book):
    sheets = {"basic.css", "theme.css", "pygments.css", "katex/katex.min.css", "exegesis.css", "shell.css"}
    assert loaded(book.file("index.html")) == sheets | {"theme.js", "shell.js", "permalinks.js"}


def test_code_and_folds_bring_their_files(book):
    more = {"mystnb.css", "sphinx-design.min.css", "clipboard.min.js", "copybutton.js", "copybutton.css"}
    assert more <= loaded(book.page("code"))
    assert not {"mystnb.css", "sphinx-design.min.css"} & loaded(book.file("index.html"))


@pytest.mark.parametrize(
    "idle", ["fontawesome", "bootstrap.js", "doctools", "sphinx_highlight", "toggleHint", "pagename"]
)
def test_no_page_loads_what_the_shell_replaces(book, idle):
    for name in ("index.html", "book/papers/code.html"):
        assert idle not in book.file(name)


def test_scripts_wait_for_the_page(book):
    for script in re.findall(r"<script[^>]* src=[^>]*>", book.page("code")):
        assert "defer" in script


def test_the_book_has_the_last_word_over_extensions_and_a_part_over_the_book(book):
    sheets = re.findall(r"_static/([\w./-]+?\.css)", book.page("code"))
    sheets = [re.sub(r"\.[0-9a-f]{64}", "", name) for name in sheets]
    ours = ["exegesis.css", "shell.css", "code.css", "previews.css", "run.css", "print.css"]
    assert sheets[:3] == ["basic.css", "theme.css", "pygments.css"]
    assert sheets[-len(ours) :] == ours
