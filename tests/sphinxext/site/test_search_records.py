"""What of a page is searched is found in time that is in proportion to the page's length."""

import time

import pytest

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


@pytest.mark.parametrize("part", ["<svg a ", "<img ", "<pre>", "<svg>x</svg>", "<section ", '<section id="x">'])
def test_whatever_a_page_contains_is_looked_through_at_once(part):
    begin = time.process_time()
    _text(part * 50_000)
    assert time.process_time() - begin < 2
