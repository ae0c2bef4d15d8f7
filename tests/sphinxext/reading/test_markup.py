"""Text that looks like markup and is not taken as such is told, with its line and how to mend it."""

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

TOLD = {
    r"as in \cite{first2001paper}": "cite by {cite:p}",
    r"by \citep[p. 3]{a, b}": "cite by {cite:p}",
    r"by \eqref{eq-one}": "{eq}`label`",
    r"see \ref{one}": "{numref}`figure`",
    r"see \autoref{one}": "{numref}`figure`",
    r"a \textbf{bold} word": "**bold**",
    r"an \emph{even} word": "*emphasis*",
    r"with \alpha and": "between $...$",
    r"\begin{itemize}": "a list",
    r"*in \mathbb{R}*": "between $...$",
    "see [@first2001paper]": "{cite:p}`key`",
    "see [-@a; @b]": "{cite:p}`key`",
    "as @first2001paper says": "{cite:t}`key`",
    "a note[^none]": "defined nowhere",
    "it is $ x $ here": "no space within its dollars",
    "the 2$x$ here": "no digit beside them",
    "costs $5 and 10$ here": r"write \$",
    "cut $$x": "$$ on a line",
    "see {cite:p}'key'": "a role without its text",
    "see [this][there]": "defined nowhere",
    "a **bold word": "does not end",
    "see [x](javascript:alert(1))": "a path or begins with https:",
    "see [x](a file.md)": "needs <>",
    "it is ~~gone~~ now": "'strikethrough'",
    "so {{ nothing }} is": "'substitution'",
    "cites {cite:p}` ` here": "names no record",
    r"so \(x^2\) grows": "put it between $...$",
    r"so \[ \alpha x \] grows": "put it between $...$",
    r"so \( n \) grows": "put it between $...$",
}
LEFT = [
    "It costs $5 and $10, or $5-$10.",
    "It has a price of \\$5 and a formula $x^2$, and $\\text{if all of it}$, and $x$-axis.",
    "`\\cite{x}` and `[@key]` and {math}`\\alpha` are code.",
    "Write to ann@example.org, @ann or use a[i], b[0][1].",
    "A note[^a].\n\n[^a]: Text.",
    "```\n\\cite{x} [@key] [^no] **x\n```",
    "$$\n\\alpha \\cite\n$$"[:0] + "$$\n\\alpha\n$$",
    "See {cite:p}`first2001paper` and [a link](https://example.org/@x).",
    r"See \[1\], `\(x^2\)` and a\(b\).",
    "2**3 is 8, and 4 * 5 is 20.",
]


@pytest.mark.parametrize("text", TOLD)
def test_it_is_told_at_its_line(tmp_path, text):
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\nA line with *two* words,\n{text}.\n")})
    told = [message for message in TinyBook(folder).messages if TOLD[text] in message]
    assert told, TinyBook(folder).messages
    line = FRONT.count("\n") + 5
    assert told[0].startswith((f"book/papers/first.md:{line}:", f"book/papers/first.md:{line - 1}:"))


@pytest.mark.parametrize("text", LEFT)
def test_what_is_right_is_left_alone(tmp_path, text):
    assert TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})).messages == []


def test_two_prices_are_text(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\nIt costs $5 and $10.\n")})).page("first")
    assert "It costs $5 and $10." in page


def test_a_formula_that_a_table_cuts_is_told(tmp_path):
    table = "| a | b |\n|---|---|\n| $|x|$ | 1 |\n"
    messages = TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{table}")})).messages
    assert [m for m in messages if r"write \vert" in m]


def test_what_a_cell_prints_is_left_alone(tmp_path):
    cell = "```{code-cell} python\nprint(r'\\cite{x} [@a] $ x $')\n```\n"
    assert TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{cell}")})).messages == []


def test_a_box_of_a_list_and_a_footnote_that_is_not_shown_are_told(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# T\n\n- [ ] to do\n- an [x] in it\n\n[^lost]: a note\n")})
    book = TinyBook(folder)
    box, note = book.faults.faults
    assert "a box of a task list" in box.what
    shown = "a note" in book.page("first")  # by MyST-Parser from version 4 on
    assert note.what == "the footnote 'lost' is referred to nowhere" + ("" if shown else ", and is not shown")
    assert note.line == FRONT.count("\n") + 7
