"""Answers to exercises are run last, aside, with the cell that measures them; what came of each is kept."""

import nbformat
import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.execution.exercises import as_posed, exercise_cells, measure_of
from exegesis.execution.notebook import cells_in_order, read_notebook
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits
from tests.tiny import chapter

BODY = """\
# T

```{code-cell} python
kept = [1, 2]
{"before": len(kept)}
```

```{code-cell} python
:starter: adding

kept.append(3)
total = ...
```

```{code-cell} python
:solution: adding

kept.append(4)
total = sum(kept)
```

```{code-cell} python
:measure: adding

{"total": total + late}
```

```{code-cell} python
late = 100
{"after": len(kept), "bound": "total" in globals()}
```
"""


@pytest.fixture
def run(tmp_path):
    set_environment(tmp_path)
    with Store(tmp_path / "store") as store:

        def run(body, **options):
            path = tmp_path / "a.md"
            path.write_text(chapter(body), encoding="utf-8")
            (found,) = run_notebooks([path], store, **options)
            return found

        yield run


def outputs(found):
    notebook = read_notebook_of(found)
    return [[_told(output) for output in cell.outputs] for cell in notebook.cells]


def read_notebook_of(found):
    return nbformat.read(found.result.file, as_version=4)


def _told(output):
    return output.ename if output.output_type == "error" else output.get("data", {}).get("text/plain") or output.text


def test_answers_begin_with_what_all_cells_leave_and_leave_nothing(run):
    found = run(BODY)
    assert found.failure is None
    assert outputs(found) == [
        ["{'before': 2}"],
        ["TypeError"],  # of the starter, which gives Ellipsis
        ["{'total': 107}"],  # 1 + 2 + 4, without the starter's 3; and what a later cell bound
        [],
        ["{'after': 2, 'bound': False}"],
    ]
    assert run(BODY).stored


def test_a_starter_keeps_no_trace_of_this_machine(run):
    body = BODY.replace("total = ...", "print('half done')\ntotal = object()")
    found = run(body.replace('{"total": total + late}', "total"))
    assert outputs(found)[1] == []  # <object object at 0x7f...>
    errors = [each for cell in read_notebook_of(run(BODY)).cells for each in cell.outputs if "ename" in each]
    assert [error.traceback for error in errors] == [[]]


def test_an_answer_that_never_ends_is_told_with_its_line(run):
    body = BODY.replace("total = ...", "while True:\n    pass")
    found = run(body, limits=Limits(cell=2))
    assert "the cell of an exercise takes longer than 2 s" in found.failure.what
    assert chapter(body).splitlines()[found.failure.line - 1] == "kept.append(3)"


def test_a_failure_before_them_is_told_at_its_own_cell(run):
    body = BODY.replace("late = 100", "while True:\n    pass")
    found = run(body, limits=Limits(cell=2))
    assert chapter(body).splitlines()[found.failure.line - 1] == "while True:"


def test_whether_a_cell_is_of_an_exercise_is_part_of_what_a_result_is_known_by(run):
    assert not run(BODY).stored
    assert not run(BODY.replace(":solution: adding\n\n", "")).stored


def test_the_cells_of_exercises_are_apart():
    notebook = read_notebook(chapter(BODY))
    assert [cell.source[:4] for cell in cells_in_order(notebook)] == ["kept", "late"]
    assert [notebook.cells[index].source[:6] for index in exercise_cells(notebook)] == ["kept.a", "kept.a", '{"tota']
    assert measure_of(notebook, "adding") == '{"total": total + late}'
    assert measure_of(notebook, "other") == ""


def test_a_notebook_to_give_away_has_no_outputs_of_starters_and_folds_solutions():
    notebook = read_notebook(chapter(BODY))
    starter, solution, measure = (notebook.cells[index] for index in exercise_cells(notebook))
    starter.outputs, starter.execution_count = ["an error"], 7
    as_posed(notebook)
    assert (starter.outputs, starter.execution_count) == ([], None)
    assert solution.metadata["jupyter"] == {"source_hidden": True}
    assert "jupyter" not in measure.metadata
