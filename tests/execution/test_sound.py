"""What is no notebook, or no Python, is told before it is run; what does no harm passes."""

import json
from pathlib import Path

import pytest

from exegesis.execution.failure import unreadable
from exegesis.execution.notebook import read_file, read_notebook
from exegesis.execution.sound import check_sound
from exegesis.text import UnreadableError
from tests.tiny import FRONT

PATH = Path("a.ipynb")


def looked_through(cell, **top):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "# One", "id": "a"}, cell]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | top)
    try:
        check_sound(read_file(PATH, text), text)
    except Exception as error:
        return unreadable(error, PATH)
    return None


CELL = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": None, "id": "b"}


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"source": 5}, "the cell can't be read: its source is not right, 5 is not valid"),
        ({"source": None}, "its source is not right"),
        ({"cell_type": "foo"}, "its form is not right"),
        ({"metadata": {"tags": "hide-input"}}, "its metadata.tags is not right, 'hide-input' is not of type 'array'"),
        ({"metadata": {"tags": [1]}}, "its metadata.tags[0] is not right"),
        ({"outputs": [{"output_type": "zzz"}]}, "its outputs[0] is not right"),
        ({"metadata": {"claim": {}}}, "the cell's 'claim' is {}, which is no name"),
        ({"metadata": {"values": ["a"]}}, "the cell's 'values' is ['a'], which is no name"),
    ],
)
def test_a_cell_that_is_none_is_told_by_its_number(part, told):
    failure = looked_through(CELL | part)
    assert told in failure.what
    assert failure.line == 2
    assert failure.unreadable


@pytest.mark.parametrize(
    "top", [{"nbformat": 99}, {"nbformat": 3}, {"nbformat": "4"}, {"metadata": {"kernelspec": "x"}}, {"cells": None}]
)
def test_a_file_that_is_none_is_told(top):
    failure = looked_through(CELL, **top)
    assert failure.line == 0
    assert "can't be read" in failure.what


@pytest.mark.parametrize(
    "part", [{}, {"id": "a"}, {"more": 1}, {"metadata": {"claim": "two", "collapsed": True}}, {"source": ["1", "2"]}]
)
def test_what_does_no_harm_passes(part):
    assert looked_through(CELL | part) is None
    assert looked_through({name: value for name, value in (CELL | part).items() if name != "id"}) is None


@pytest.mark.parametrize("language", ["python", "Python", "ipython3", "py", ""])
def test_python_has_many_names(language):
    text = f"{FRONT}\n# T\n\n```{{code-cell}} {language}\n1 + 1\n```\n"
    check_sound(read_notebook(text), text)


@pytest.mark.parametrize("fence", ["```", "~~~"])
def test_a_cell_of_another_language_is_told_at_its_line_and_not_run(fence):
    text = f"{FRONT}\n# T\n\n```python\n{{code-cell}} r\n```\n\n{fence}{{code-cell}} r\n1 + 1\n{fence}\n"
    with pytest.raises(UnreadableError, match="the cell is in r, and the page's kernel speaks Python") as told:
        check_sound(read_notebook(text), text)
    assert text.splitlines()[told.value.line - 1] == f"{fence}{{code-cell}} r"


def test_a_name_of_a_cell_is_text():
    text = f"{FRONT}\n# T\n\n```{{code-cell}} python\n---\nclaim: [a]\n---\n1 + 1\n```\n"
    with pytest.raises(UnreadableError, match="which is no name"):
        check_sound(read_notebook(text), text)
