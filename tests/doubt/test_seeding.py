import subprocess
import sys

import pytest


def printed(code, shift):
    program = f"from exegesis.doubt import seeding\nseeding.shift({shift})\n{code}\nprint(seeding.used())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


SOURCES = [
    "import numpy as np; a, b = (np.random.default_rng(s).random() for s in (3, 3)); print(a, b)",
    "from numpy.random import default_rng as g; a, b = (g([s, 1]).random() for s in (3, 3)); print(a, b)",
    "import numpy as np; a, b = (np.random.RandomState(s).rand() for s in (3, 3)); print(a, b)",
    "import numpy as np; a, b = ((np.random.seed(s), np.random.rand())[1] for s in (3, 3)); print(a, b)",
    "import random; a, b = ((random.seed(s), random.random())[1] for s in (3, 3)); print(a, b)",
    "import random; a, b = (random.Random(s).random() for s in (3, 3)); print(a, b)",
    pytest.param(
        "from sklearn.utils import check_random_state as g; a, b = (g(s).rand() for s in (3, 3)); print(a, b)",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize("code", SOURCES)
def test_another_seed_the_same_for_all_that_ask_for_one(code):
    own, first, again, second = (printed(code, shift) for shift in (None, 1, 1, 2))
    assert own[0] == own[1] and first[0] == first[1] and second[0] == second[1]
    assert len({own[0], first[0], second[0]}) == 3
    assert first == again
    assert own[2] == first[2] == "True"


def test_a_generator_is_passed_through():
    code = "import numpy as np; g = np.random.default_rng(3); print(np.random.default_rng(g) is g)"
    assert printed(code, 1) == ["True", "True"]


def test_without_a_seed_nothing_is_used():
    assert printed("", 1) == ["False"]
