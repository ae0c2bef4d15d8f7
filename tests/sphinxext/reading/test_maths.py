import asyncio
import functools
import re

import pytest

from exegesis.sphinxext.reading import maths
from exegesis.sphinxext.reading.maths import FormulaError, formulas_in, set_formula, with_formulas
from tests.tiny import FRONT, TinyBook, chapter, write_book


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


def test_macros_of_the_book_hold_in_every_formula(tmp_path):
    cell = "```{code-cell} python\n:claim: two\n\nlen('ab')\n```\n"
    claim = "```{claim} two\n:evidence: recomputed\n:source: p. 1\n:check: = 2\nThere are $\\RR$ of $\\vek{x}$.\n```\n"
    folder = write_book(tmp_path, {"first": chapter(f"# In $\\RR^n$\n\n$$\n\\vek{{x}}\n$$\n\n{cell}\n{claim}")})
    macros = {"vek": r"\boldsymbol{#1}"}
    book = TinyBook(folder, exegesis_macros=macros, mathjax3_config={"tex": {"macros": {"RR": r"\mathbb{R}"}}})
    assert book.messages == []
    assert '<mi mathvariant="double-struck">R</mi>' in book.page("first")
    assert '"text": "There are \\\\RR of \\\\vek{x}."' in book.file("claims.json")
    # What a macro means is part of every page that has formulas.
    macros = {"vek": r"\vec{#1}", "RR": r"\mathbb{R}"}
    assert '<mover accent="true">' in TinyBook(folder, exegesis_macros=macros).page("first")


@pytest.mark.parametrize("body", [r"\mathbb{R}", [r"\mathbf{#1}", 1]])
def test_macros_of_mathjax_are_taken(tmp_path, body):
    folder = write_book(tmp_path, {"first": chapter("# T\n\n$\\RR{x}$\n")})
    assert TinyBook(folder, mathjax3_config={"tex": {"macros": {"RR": body}}}).messages == []


@pytest.mark.parametrize("body", [[r"\mathbf{#1#2}", 2, "x"], 7, []])
def test_a_macro_of_mathjax_that_cannot_be_taken_is_told(tmp_path, body):
    book = TinyBook(write_book(tmp_path, {}), mathjax3_config={"tex": {"macros": {"RR": body}}})
    assert "write it in exegesis_macros" in book.messages[0]


def test_a_command_that_there_is_not_says_where_to_define_it(tmp_path):
    (message,) = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\n$\\nosuch{x}$\n")})).messages
    assert message.startswith(f"book/papers/first.md:{FRONT.count(chr(10)) + 4}: the formula does not parse")
    assert "define it for the book in exegesis_macros" in message


def test_words_of_an_option_have_their_formulas_set_and_nothing_else_is_html():
    found = with_formulas("a < b, for $x$ and $\\R$", (("R", "\\mathbb{R}"),))
    assert found.startswith("a &lt; b, for <span")
    assert found.count('class="katex"') == 2
    assert with_formulas("it costs 5 $") == "it costs 5 $"
    assert with_formulas("from $5 to $6, or \\$7 to $ 8$") == "from $5 to $6, or $7 to $ 8$"
    assert with_formulas(r"$\nothing$") == r"$\nothing$"
    assert formulas_in("of $x$, 5 $") == ["x"]
    assert formulas_in("of $x$ and $y$") == ["x", "y"]


@pytest.mark.timeout(30)
def test_formulas_are_set_within_an_event_loop_and_after_it_has_ended(monkeypatch):
    monkeypatch.setattr(maths, "_engine", functools.cache(maths._engine.__wrapped__))

    async def set_one():
        return set_formula("a_{1}", False)

    assert "katex" in asyncio.run(set_one())
    assert "katex" in set_formula("a_{2}", False)
