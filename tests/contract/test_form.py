"""The canonical form is what jupytext writes; mending changes nothing that a chapter says."""

import json

import pytest

from exegesis.contract import fix_chapter
from tests.contract.tiny import tiny_book, told

BODY = '''\
# A Paper
{blanks}

A line that breaks{blanks}
here.{blanks}

```{{code-cell}} python
---
claim: total
tags: ["one"]
---

words = """one{blanks}
two"""
x = 1{blanks}
```
Text.


'''


def fix(folder, text, example="md"):
    book, path = tiny_book(folder, text, example)
    assert fix_chapter(book, path)
    new = path.read_text("utf-8")
    assert not fix_chapter(book, path), "what is mended stays"
    return new


def test_blanks_go_where_they_mean_nothing(tmp_path):
    text = fix(tmp_path, BODY.format(blanks="  "))
    assert (
        "# A Paper\n\n\nA line that breaks\\\nhere.\n\n```{code-cell} python\n:claim: total\n:tags: [one]\n\n" in text
    )
    assert text.endswith('words = """one  \ntwo"""\nx = 1  \n```\n\nText.\n'), "a text of the program stays as it is"


def test_a_cell_without_such_a_text_is_mended_too(tmp_path):
    assert fix(tmp_path, "# A\n\n```{code-cell} python\nx = 1  \n```\n").endswith("\nx = 1\n```\n")


def test_a_long_tldr_is_folded_and_says_the_same(tmp_path):
    text = fix(tmp_path, 'tldr: "' + "It's long. " * 20 + '"\n', "yaml")
    assert max(map(len, text.splitlines())) < 90
    assert (
        told(tmp_path / "again", text[text.index("tldr") : text.rindex("---")], "canonical-form", example="yaml") == []
    )


def test_a_notebook_loses_its_outputs_and_nothing_else(tmp_path):
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 3, "outputs": [{"a": "é"}]}
    notebook = {"cells": [cell], "metadata": {"author": "Somebody"}, "nbformat": 4, "nbformat_minor": 4}
    text = fix(tmp_path, json.dumps(notebook, indent=1, ensure_ascii=False), "json")
    notebook["cells"] = [{**cell, "execution_count": None, "outputs": []}]
    assert json.loads(text) == notebook
    assert text.startswith('{\n "cells"')


@pytest.mark.parametrize("options", [":claim: [\n", "---\nclaim: [\n---\n", "---\nclaim: one\n"])
def test_options_that_cannot_be_read_are_left_alone(tmp_path, options):
    book, path = tiny_book(tmp_path, f"# A\n\n```{{code-cell}} python\n{options}x = 1\n```\n")
    before = path.read_text("utf-8")
    fix_chapter(book, path)
    assert path.read_text("utf-8").partition("# A")[2] == before.partition("# A")[2]
