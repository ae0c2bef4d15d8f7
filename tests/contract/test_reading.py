"""A chapter is read as MyST-NB reads it, without Sphinx."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exegesis.contract.chapter import GAP
from exegesis.contract.reading import read_chapter
from exegesis.execution.notebook import code_line, read_notebook
from tests.chapters import PAPERS
from tests.tiny import FRONT


def read(text, name="a.md"):
    return read_chapter(Path("/book", name), name, text)


@pytest.mark.parametrize("path", sorted(PAPERS.glob("*.md")), ids=lambda path: path.stem)
def test_cells_are_those_of_mystnb_with_their_options_and_lines(path):
    text = path.read_text(encoding="utf-8")
    theirs = read_notebook(text)
    cells = [(index, cell) for index, cell in enumerate(theirs.cells) if cell.cell_type == "code"]
    assert [(cell.source, cell.line, cell.options) for cell in read(text).cells] == [
        (cell.source.rstrip("\n"), code_line(theirs, index, text), cell.metadata) for index, cell in cells
    ]


def test_a_cell_within_another_directive_is_none():
    chapter = read(f"{FRONT}\n# A\n\n````{{dropdown}} How\n```{{code-cell}} python\n1\n```\n````\n")
    assert chapter.cells == []


def test_text_in_directives_and_emphasis_within_a_word():
    chapter = read("# A\n\nA *con*tinuous $x$ and\n{ref}`here`.\n\n:::{note}\n:class: tip\nIn a note.\n:::\n")
    assert [(each.text, each.line) for each in chapter.prose] == [
        ("A", 1),
        (f"A continuous {GAP} and\n{GAP}.", 3),
        ("In a note.", 8),
    ]
    assert [(link.kind, link.target, link.line) for link in chapter.links] == [("ref", "here", 4)]


def test_a_notebook_is_read_by_cells():
    cells = [
        {"cell_type": "markdown", "source": ["---\n", "author: Somebody\n", "---\n", "# A\n"]},
        {"cell_type": "code", "source": "1", "metadata": {"claim": "one"}, "outputs": [{}], "execution_count": None},
    ]
    chapter = read(json.dumps({"cells": cells, "metadata": {"date": "2026-01-31"}}), "a.ipynb")
    assert chapter.front == {"date": "2026-01-31", "author": "Somebody"}
    assert [(heading.text, heading.line) for heading in chapter.headings] == [("A", 1)]
    (cell,) = chapter.cells
    assert (cell.source, cell.line, cell.options, cell.outputs) == ("1", 2, {"claim": "one"}, 1)
    assert cell.at(7) == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', '{"cells": [{}]}', ""])
def test_of_what_is_no_notebook_there_is_nothing(text):
    assert read(text, "a.ipynb").cells == []


def test_the_contract_needs_neither_sphinx_nor_jupyter():
    code = (
        "import sys, exegesis.contract; print({'sphinx', 'docutils', 'nbformat', 'myst_nb', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'yaml'}"
