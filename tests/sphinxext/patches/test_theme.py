"""The theme's style sheets become one, without the icon font; what no page loads is taken out of the site."""

import re

import pytest
from sphinx.testing.util import SphinxTestApp

from exegesis.sphinxext.patches.theme import LEFT_OVER, SCRIPT, SHEETS, theme_file, without_icon_fonts
from tests.tiny import TinyBook, chapter, write_book


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"one": chapter("# One\n")})
    return TinyBook(folder, html_theme="sphinx_book_theme")


def test_the_theme_still_has_the_files_that_are_bent(book):
    assert "Font Awesome" in theme_file(book.app, SHEETS[0]).read_text("utf-8"), "else there is nothing to take out"
    for name in (SHEETS[1], SCRIPT, *LEFT_OVER):
        assert theme_file(book.app, name).exists()


def test_the_theme_still_loads_these_style_sheets_and_no_more(tmp_path):
    conf = 'extensions = []\nhtml_theme = "sphinx_book_theme"\n'
    (tmp_path / "conf.py").write_text(conf, "utf-8")
    (tmp_path / "index.rst").write_text("Stock\n=====\n", "utf-8")
    app = SphinxTestApp("html", tmp_path, builddir=tmp_path / "_build")
    app.build()
    app.cleanup()
    page = (app.outdir / "index.html").read_text("utf-8")
    loaded = re.findall(r'<link[^>]* href="_static/(styles/[^"?]*)', page)
    assert tuple(loaded) == ("styles/theme.css", *SHEETS)
    first = theme_file(app, loaded[0]).read_text("utf-8")
    assert re.sub(r"/\*.*?\*/", "", first).strip() == '@import "../basic.css";', "which the shell loads itself"


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


def test_what_no_page_loads_is_not_in_the_site(book):
    assert not [name for name in LEFT_OVER if (book.app.outdir / "_static" / name).exists()]
    assert book.file("_static/theme.js") == theme_file(book.app, SCRIPT).read_text("utf-8")
