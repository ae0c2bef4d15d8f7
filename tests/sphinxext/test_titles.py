"""A formula in a title is right wherever the title is told as text."""

import json
import re

import pytest

from exegesis.sphinxext.titles import formula_text
from tests.tiny import TinyBook, chapter, write_book


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\ell_p", "ℓₚ"),
        ("2n+d", "2n+d"),
        (r"\mathbb{R}^n", "ℝⁿ"),
        ("x_i^2", "xᵢ²"),
        (r"O(n^{10})", "O(n¹⁰)"),
        (r"\log x", "logx"),
        (r"\beta\text{-VAE}", "β-VAE"),
        (r"\frac{1}{2}", r"\frac{1}{2}"),
        (r"x_Q", "x_Q"),
        (r"\frac{1", r"\frac{1"),
    ],
)
def test_it_is_unicode_where_that_can_be(tex, text):
    assert formula_text(tex) == text


def test_it_is_the_same_everywhere(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# In $\\RR^n$ & more\n"), "second": chapter("# S\n")})
    book = TinyBook(folder, exegesis_macros={"RR": r"\mathbb{R}"}, html_baseurl="https://example.org/")
    assert book.messages == []
    page, text = book.page("first"), "In ℝⁿ &amp; more"
    assert re.search("<title>([^<]*)", page)[1].startswith(text)
    assert f'property="og:title" content="{text}"' in page
    assert f'title="{text}"' in book.page("second"), "the link to the page before"
    assert f"<title>{text} (JT 2001)</title>" in book.file("feed.xml")
    titles = [s["title"] for paper in json.loads(book.file("papers.json"))["papers"] for s in paper["summaries"]]
    assert "In ℝⁿ & more" in titles
    assert "[In ℝⁿ & more]" in book.file("llms.txt")
    assert "katex" in page[page.index("<h1>") :].partition("</h1>")[0]
