r"""A displayed formula means what Sphinx's documentation of ``{math}`` says."""

import re

import pytest
from sphinx.util.math import wrap_displaymath

from exegesis.sphinxext.reading.displayed import displayed
from exegesis.sphinxext.reading.maths import set_formula
from tests.tiny import TinyBook, chapter, write_book


@pytest.mark.parametrize(
    ("tex", "rows"),
    [
        ("a = 1", 1),
        ("a = 1\n\nb = 2", 2),
        ("a = 1\n \t\n\n\nb = 2\n\n", 2),
        ("x &= 1 \\\\ y &= 2", 2),
        ("x &= 1 \\\\\ny &= 2\n\nz &= 3", 3),
        ("x &= 1", 1),
        ("\\begin{aligned} x &= 1 \\\\\n\n y &= 2 \\end{aligned}", 2),
        ("A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", 2),
        ("\\sum_{\\substack{i \\\\ j}} a \\& b", 2),
        ("a % & \\\\ b\n = 1", 1),
        ("\\begin{align} x &= 1 \\\\ y &= 2 \\end{align}", 2),
    ],
)
def test_equations_and_their_rows_stand_below_each_other(tex, rows):
    html = set_formula(displayed(tex, False), True)
    assert len(re.findall("<mtr>", html)) in (rows, 0 if rows == 1 else rows)


@pytest.mark.parametrize("tex", ["a = 1\n\nb = 2", "x &= 1 \\\\ y &= 2", "a &= 1\n\nb &= 2\n\nc &= 3"])
def test_rows_are_as_many_as_in_what_sphinx_gives(tex):
    stock = wrap_displaymath(tex, None, False).replace("\\\\\n\\end{aligned}", "\n\\end{aligned}").replace("\\!", "")
    assert displayed(tex, False).count(r"\\") == stock.count(r"\\")


@pytest.mark.parametrize(
    "tex", ["a = 1", "\\begin{cases} 1 & 2 \\\\\n\n 3 & 4 \\end{cases}", "\\text{a & b}", "\\left\\{ x \\right\\}"]
)
def test_one_equation_of_one_row_stays_as_it_is(tex):
    assert displayed(tex, False) == tex


def test_nowrap_is_left_to_the_author_and_numbers_to_labels():
    assert displayed("a\n\nb", True) == "a\n\nb"
    assert displayed("\\begin{align}\na\n\\end{align}", True) == "\\begin{align*}\na\n\\end{align*}"
    assert displayed("\\begin{aligned} a \\end{aligned}", True) == "\\begin{aligned} a \\end{aligned}"


def test_every_way_to_write_one_is_read_alike_and_labels_are_numbers(tmp_path):
    body = """\
        # T

        ```{math}
        :label: eq-a
        a &= 1 \\\\
        b &= 2
        ```

        $$
        c = 1

        d = 2
        $$ (eq-b)

        ```{math}
        :nowrap:
        \\begin{gather} e \\\\ f \\end{gather}
        ```

        By {eq}`eq-a` and {eq}`eq-b`.
        """
    book = TinyBook(write_book(tmp_path, {"first": chapter(body)}))
    assert book.messages == []
    page = book.page("first")
    assert page.count("<mtr>") == 6
    assert re.findall(r'class="eqno">\((\d)\)', page) == ["1", "2"]
    assert "eqn-num" not in page, "KaTeX's own numbers"


def test_a_label_within_a_formula_is_told_with_what_to_write(tmp_path):
    body = "# T\n\n```{math}\n:nowrap:\n\\begin{align} a \\label{eq-a} \\end{align}\n```\n"
    (message,) = TinyBook(write_book(tmp_path, {"first": chapter(body)})).messages
    assert "label it by ':label: name'" in message
