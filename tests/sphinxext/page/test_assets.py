"""A page loads what it needs, and icons need no font."""

import re

import pytest

from exegesis.sphinxext.page.assets import without_icon_fonts
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
    assert loaded(book.file("index.html")) == sheets | {"theme.js", "shell.js"}


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


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".fa-bars:before{content:'x'}", ""),
        (".fas,.fa-solid{font-weight:900}", ""),
        (".fa-bars,.navbar{color:red}", ".fa-bars,.navbar{color:red}"),
        (".bd-sidebar .fa-bars{color:red}", ".bd-sidebar .fa-bars{color:red}"),
        (".fact{color:red}", ".fact{color:red}"),
        ("@font-face{font-family:Font Awesome\\ 6 Free;src:url(x)}", ""),
        ("@font-face{font-family:Other;src:url(x)}", "@font-face{font-family:Other;src:url(x)}"),
        ("@keyframes fa-beat{0%{left:0}50%{left:1px}}a{left:0}", "a{left:0}"),
        ("@media print{.fa-beat{left:0}a{left:0}}", "@media print{a{left:0}}"),
    ],
)
def test_only_the_rules_of_the_icon_font_are_taken_out(css, left):
    assert without_icon_fonts(css) == left


def test_the_sites_style_sheet_asks_for_no_font_and_is_whole(book):
    css = book.file("_static/theme.css")
    assert "@font-face" not in css
    assert "woff" not in css
    assert css.count("{") == css.count("}")
    assert len(css) < 330_000
