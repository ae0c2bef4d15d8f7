"""Statements of a displayed formula, side by side or below each other; all else is as KaTeX sets it."""

import json
import os
import re

import pytest

from exegesis.sphinxext.reading.maths import _OPTIONS, _engine, set_formula


def by_katex(tex):
    options = json.dumps(_OPTIONS | {"displayMode": True})
    return _engine(os.getpid()).eval(f"katex.renderToString({json.dumps(tex)}, {options})")


def spoken(html):
    return html[: html.index('<span class="katex-html"')]


def seen(html):
    return html[len(spoken(html)) :]


def test_statements_have_an_element_each_and_the_space_between_them_may_end_a_line():
    html = set_formula(r"a=b,\qquad c=d\quad\text{and}\quad e=f.", True)
    _, *statements = seen(html).split('<span class="statement">')
    words = ["".join(re.findall(r">([^<>\s]+)<", f">{each}")) for each in statements]
    assert words == ["a=b,", "c=d", "and", "e=f."]
    assert re.findall(r'<span style="word-spacing:([\d.]+)em"> </span>', html) == ["2.1667", "1.0000", "1.0000"]
    assert html.count("<span") == html.count("</span>")
    assert "allowbreak" not in html


def test_nothing_else_of_them_is_other_than_katex_has_it():
    tex = r"a=b,\qquad c=\frac{d\quad e}{2}"
    html = set_formula(tex, True)
    assert spoken(html) == spoken(by_katex(tex)), "what is read out, and the TeX that is copied"
    marks = r"<span[^>]*>|</span>| "
    assert re.sub(marks, "", seen(html)) == re.sub(marks, "", seen(by_katex(tex)))


@pytest.mark.parametrize(
    "tex",
    [
        "a=b+c",
        r"a=b\quad",
        r"a\allowbreak=b",
        r"\begin{aligned}a&\qquad b\quad\\c&=d\end{aligned}",
        r"\frac{a\quad b}{c}",
        r"\text{a\quad b}",
        "",
    ],
)
def test_a_formula_without_such_a_space_at_its_top_is_as_katex_sets_it(tex):
    assert set_formula(tex, True) == by_katex(tex)


def test_in_the_text_a_line_ends_where_katex_lets_it():
    assert "statement" not in set_formula(r"a=b,\qquad c=d", False)


def test_a_books_own_commands_may_have_such_spaces():
    assert set_formula(r"a\und b", True, (("und", r"\quad\text{and}\quad"),)).count('class="statement"') == 3
