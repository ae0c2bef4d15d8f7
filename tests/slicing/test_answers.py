"""Which cells an answer depends on, so that no other has to run before it."""

import matplotlib.pyplot as plt
import pytest

from exegesis.execution.exercises import measure_of
from exegesis.execution.notebook import cells_in_order, read_notebook
from exegesis.exercise import SOLUTION, answer
from exegesis.slicing.answers import cells_needed
from tests.chapters import PAPERS

CELLS = [
    "import numpy as np",
    "def f(x):\n    return np.exp(x) + shift",
    "shift = 1",
    "heavy = f(np.arange(9))",
    "kept = []",
]


@pytest.mark.parametrize(
    ("answers", "needed"),
    [
        (["1 + 1"], []),
        (["f(2)"], [0, 1, 2]),
        (["shift", "kept"], [2, 4]),
        (["def g():\n    return heavy\n\n\n{'g': g()}"], [0, 1, 2, 3]),
        (["print(kept)\nshift"], [2, 4]),  # what its last value does not hang on counts too
        ([""], []),
    ],
)
def test_those_that_an_answer_reads_and_what_these_read(answers, needed):
    assert cells_needed(CELLS, answers) == needed


def test_a_change_in_place_counts():
    assert cells_needed([*CELLS, "kept.append(shift)"], ["len(kept)"]) == [2, 4, 5]


@pytest.mark.parametrize(("cells", "answers"), [([*CELLS, "%matplotlib inline"], ["1"]), (CELLS, ["1 +"])])
def test_all_where_something_is_no_python(cells, answers):
    assert cells_needed(cells, answers) == list(range(len(cells)))


def test_a_cell_is_run_whole_with_what_the_rest_of_it_needs():
    cells = ["def g():\n    return f()", "def f():\n    return 1", "free = 2\nheavy = g()", "other = 3"]
    assert cells_needed(cells, ["free"]) == [0, 1, 2]


def chapters():
    """Return all chapters; one of them takes as long as all others."""
    marks = {"rethinking-generalization": pytest.mark.slow}
    return [pytest.param(path, id=path.stem, marks=marks.get(path.stem, ())) for path in sorted(PAPERS.glob("*.md"))]


@pytest.mark.parametrize("path", chapters())
def test_what_an_exercise_of_the_book_needs_is_enough_for_its_solution(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    notebook = read_notebook(path.read_text(encoding="utf-8"), path)
    cells = [cell.source for cell in cells_in_order(notebook)]
    solved = [cell for cell in notebook.cells if SOLUTION in cell.metadata]
    assert solved
    for cell in solved:
        whole = answer(cell.source, measure_of(notebook, cell.metadata[SOLUTION]))
        namespace = {}
        for number in cells_needed(cells, [whole]):
            exec(compile(cells[number], f"cell {number + 1}", "exec"), namespace)
        exec(compile(whole, "solution", "exec"), namespace)
