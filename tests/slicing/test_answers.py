"""Which cells an answer depends on, so that no other has to run before it."""

import pytest

from exegesis.slicing.answers import cells_needed

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
