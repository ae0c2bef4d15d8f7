"""What of a page is searched is found in time that is in proportion to the page's length."""

import time

import pytest

from exegesis.sphinxext.reading.maths import set_formula
from exegesis.sphinxext.site.search_records import _text


@pytest.mark.parametrize(
    ("body", "searched"),
    [
        ("a<pre class='x'>code</pre>b", "ab"),
        ("a<svg><img src='x'></svg>b<img src='y'>c", "abc"),
        (
            'a<math>m<annotation x="y">tex</annotation></math><span class="katex-html"><span>2</span></span>b',
            "a<math>m</math>b",
        ),
        ("a<svg>b<pre>c</pre>d", "a<svg>bd"),
        ("a<preface>b</preface><pre>c", "a<preface>b</preface><pre>c"),
    ],
)
def test_code_pictures_and_formulas_repeated_are_left_out(body, searched):
    assert _text(body) == searched


def test_formulas_in_headings_are_told_as_text():
    formula = f'<span class="math notranslate">{set_formula("x^2", False)}</span>'
    told = _text(f"<h2>The {formula} of it</h2><p>{formula}</p><h3>{formula}</h3>")
    assert told.startswith("<h2>The x² of it</h2>")
    assert told.endswith("<h3>x²</h3>")
    assert "<math" in told


@pytest.mark.parametrize(
    "part",
    ["<h2 ", '<h2><span class="math', "<svg a ", "<img ", "<pre>", "<svg>x</svg>", "<section ", '<section id="x">'],
)
def test_whatever_a_page_contains_is_looked_through_at_once(part):
    begin = time.process_time()
    _text(part * 50_000)
    assert time.process_time() - begin < 2
