"""A number in text, caption or alt text is what its cell gives, or is told with its line and the number to write."""

import json
import re

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

BODY = """\
# Title

It begins at {value}`.53 <critics.start>`, which is
{value}`53 % <critics.start>`, in {value}`seven <draws>` draws.

```{code-cell} python
---
mystnb:
  figure:
    caption: From {value}`0.53 <critics.start>` on.
    name: fig-critics
  image:
    alt: A line that begins at {value}`.53 <critics.start>`.
---
import math
```

```{code-cell} python
:values: draws

len("1234567")
```

```{code-cell} python
:claim: critics

{"start": len("x") * 0.5321}
```

```{claim} critics
:evidence: demonstrated
:source: Fig. 1
:check: 0.1 < start < 0.9
:why: it is {value}`0.53 <critics.start>` at first
It begins at {value}`0.532 <critics.start>`.
```
"""


def build(tmp_path, body=BODY):
    return TinyBook(write_book(tmp_path, {"first": chapter(body)}))


def line_of(body, words):
    return (FRONT + "\n" + body).splitlines().index(next(line for line in body.splitlines() if words in line)) + 1


def test_numbers_stand_as_they_are_written(tmp_path):
    book = build(tmp_path)
    assert book.messages == []
    page = book.page("first")
    assert "It begins at .53, which is\n53 %, in seven draws." in page
    assert "it is 0.53 at first" in page
    assert "It begins at 0.532." in page
    assert "{value}" not in page
    (claim,) = json.loads(book.file("claims.json"))["claims"]
    assert (claim["text"], claim["why"]) == ("It begins at 0.532.", "it is 0.53 at first")


def test_the_notebook_and_its_captions_have_them_plain(tmp_path):
    text = build(tmp_path).file("_sources/book/papers/first.ipynb")
    assert "{value}" not in text
    assert 'alt": "A line that begins at .53."' in text
    assert "It begins at .53, which is\\n53 %, in seven draws." in text


def test_the_value_of_a_cell_with_values_is_not_shown(tmp_path):
    page = build(tmp_path).page("first")
    assert page.count("cell_input") == 3
    assert "cell_output" not in page


@pytest.mark.parametrize(
    ("old", "new", "what", "mend"),
    [
        ("`.53 <critics.start>`, which", "`.54 <critics.start>`, which", "'.54' is not what", "write .53"),
        ("`53 % <", "`54 % <", "'54 %' is not what comes out", "write 53 %"),
        ("`seven <", "`eight <", "'eight' is not what comes out, 7", "write seven"),
        ("`0.53 <critics.start>` at first", "`0.5 <critics.x>` at first", "no number named 'x'", "<critics.start>"),
        ("`0.532 <", "`0.533 <", "'0.533' is not what comes out", "write 0.532"),
        ("`seven <draws>`", "`seven <drawn>`", "no cell bears ':claim: drawn' or", "did you mean 'draws'?"),
        ("`seven <draws>`", "`seven`", "'seven' names no cell", "write 'number <cell.name>'"),
        ("`seven <draws>`", "`some <draws>`", "'some' is no number", "write one such as"),
    ],
)  # fmt: skip
def test_a_number_out_of_step_is_told(tmp_path, old, new, what, mend):
    body = BODY.replace(old, new)
    assert body != BODY
    told = build(tmp_path, body).messages
    line = line_of(body, new)
    assert any(message.startswith(f"book/papers/first.md:{line}: ") and what in message for message in told), told
    assert any(mend in message for message in told), told


FIGURE = """\
# Title

```{figure} ../../dot.png
:alt: A dot of {value}`3 <dots>`.

Of {value}`3 <dots>` dots.
```

```{code-cell} python
:values: dots

len("ab")
```
"""


def test_captions_and_alt_texts_are_read_too(tmp_path):
    folder = write_book(tmp_path, {"first": chapter(FIGURE)})
    (folder / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    book = TinyBook(folder)
    lines = [line_of(FIGURE, "alt:"), line_of(FIGURE, "Of {value}")]
    assert sorted(int(re.search(r":(\d+):", message)[1]) for message in book.messages) == lines, book.messages
    (folder / "book/papers/first.md").write_text(chapter(FIGURE.replace("`3 <", "`2 <")), encoding="utf-8")
    book = TinyBook(folder)
    assert book.messages == []
    assert 'alt="A dot of 2."' in book.page("first")
    assert "Of 2 dots." in book.page("first")


CELL = BODY[BODY.index("```{code-cell} python\n:values") : BODY.index("```{code-cell} python\n:claim")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (":values: draws", ":values: Draws", "the name is no slug"),
        ('len("1234567")', "7", "the value is typed in"),
        ('len("1234567")', "'seven'", "is no number"),
        ('len("1234567")', 'n = len("1234567")', "ends in no value"),
        (":values: draws", ":values: critics", "has a claim or values too"),
        (":values: draws", ":values: others", "no text has one of them"),
        (":values: draws", ":values: draws\n:claim: critics", "has a claim or values too"),
    ],
)
def test_a_cell_whose_values_are_wrong_is_told_at_its_code(tmp_path, old, new, told):
    body = BODY.replace(CELL, CELL.replace(old, new))
    found = build(tmp_path, body).messages
    line = line_of(body, new if new.startswith(("7", "'", "n ")) else 'len("1234567")')
    assert any(message.startswith(f"book/papers/first.md:{line}: ") and told in message for message in found), found


def test_of_a_page_that_was_not_run_nothing_is_held_against_the_text(tmp_path):
    body = BODY.replace('len("x") * 0.5321', '1 / len("")')
    folder = write_book(tmp_path, {"first": chapter(body)})
    messages = TinyBook(folder, run=False, nb_execution_mode="off").messages
    assert not [message for message in messages if "comes out" in message], messages


def test_a_page_without_cells_is_told(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# Title\n")})
    (folder / "bibliography.md").write_text("# B\n\nSee {value}`3 <dots>`.\n", encoding="utf-8")
    (message,) = TinyBook(folder).messages
    assert message.startswith("bibliography.md:3: no cell bears ':claim: dots'")
