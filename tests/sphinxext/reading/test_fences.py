"""A fence that does not end is told at the line that opens it."""

import pytest

from exegesis.sphinxext.reading.fences import unclosed
from tests.tiny import FRONT, TinyBook, chapter, write_book


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("```python\nx\n```\n", []),
        ("```python\nx\n", [1]),
        ("a\n\n:::{dropdown} D\nx\n", [3]),
        ("::::{note}\n:::{tip}\nx\n:::\n::::\n", []),
        ("::::{note}\n:::{tip}\nx\n::::\n", [2]),
        ("```{dropdown} D\n```python\nx\n```\nmore\n```\n", [2, 6]),
        ("````{dropdown} D\n```python\nx\n```\nmore\n````\n", []),
        ("````md\n```{claim}\n````\n", []),
        ("```{code-cell} python\ns = '''\n:::{note}\n'''\n```\n", []),
        ("1. a\n\n   ```\n   x\n   ```\n", []),
        ("~~~\n```\n~~~\n", []),
        ("```{note}\nx\n````\n", []),
        ("`` ```x``` `` in text\n```x``` too\n", []),
    ],
)
def test_fences_are_matched(text, lines):
    assert [line for line, _ in unclosed(text.splitlines())] == lines


def test_it_is_told_in_a_chapter(tmp_path):
    body = "# T\n\n:::{admonition} A\nText.\n\n## Swallowed\n"
    messages = TinyBook(write_book(tmp_path, {"first": chapter(body)})).messages
    assert any(m.startswith(f"book/papers/first.md:{FRONT.count(chr(10)) + 4}: what ':::{{adm") for m in messages)


def test_marks_of_a_merge_are_told(tmp_path):
    text = "# T\n\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> branch\n"
    told = TinyBook(write_book(tmp_path, {"first": chapter(text)})).messages
    assert [message for message in told if "left from a merge" in message] == told[:2]
