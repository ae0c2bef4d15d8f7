import re

import pytest

from exegesis.sphinxext.reading.maths import FormulaError, set_formula
from tests.tiny import TinyBook, chapter, write_book


def test_a_formula_is_set_for_the_eye_and_for_the_ear():
    html = set_formula(r"\frac{1}{2}", False)
    assert 'class="katex-html" aria-hidden="true"' in html
    assert "<mfrac>" in html
    assert r"\frac{1}{2}</annotation>" in html


def test_what_a_formula_contains_is_text():
    assert "<script" not in set_formula(r"\text{<script>alert(1)</script>} < 1", True)


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuch", "x^1^2", r"\left( x", "}"])
def test_a_formula_that_does_not_parse_is_an_error_that_names_the_place(tex):
    with pytest.raises(FormulaError, match=r"KaTeX|position|end of input|Expected|Undefined"):
        set_formula(tex, False)


def test_formulas_are_numbered_on_each_page_from_1(tmp_path):
    one = "# {0}\n\n$$\nx\n$$ (eq-{0}-a)\n\n$$\ny\n$$ (eq-{0}-b)\n\nSee {{eq}}`eq-{0}-b`.\n"
    folder = write_book(tmp_path, {name: chapter(one.format(name)) for name in ("first", "second")})
    book = TinyBook(folder)
    assert not book.messages
    for name in ("first", "second"):
        page = book.page(name)
        assert [page.count(f'class="eqno">({n})') for n in (1, 2, 3)] == [1, 1, 0]
        assert f'href="#equation-eq-{name}-b">(2)' in page


def test_a_heading_may_have_a_formula(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\n## The $2n+d$ net\n\nText.\n")}))
    assert not book.messages
    assert book.page("first").count("katex-html") >= 1


def test_a_page_with_formulas_needs_no_script_for_them(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\n$x$\n")}))
    assert "mathjax.js" not in book.page("first").lower()
    assert "tex-mml" not in book.page("first").lower()
    assert "katex.min.css" in book.page("first")
    assert book.file("_static/katex/katex.min.css")
    assert list((tmp_path / "_build/test/html/_static/katex/fonts").glob("*.woff2"))


def test_no_line_begins_with_the_comma_after_a_formula(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\nFor $K$, and $x$ and $a = b$, we have $L$.\n")}))
    assert book.messages == []
    page = book.page("first")
    assert page.count('<span class="unbroken">') == 2, "x has no comma, and a = b may be broken"
    assert re.findall(r"</span>([,.])</span>", page) == [",", "."]
    words = re.sub(r"<annotation.*?</annotation>|<[^>]*>", "", page)
    assert ", and " in words
