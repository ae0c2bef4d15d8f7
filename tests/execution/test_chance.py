"""What code says of the clock and of randomness, by whatever name it calls them."""

import ast

import pytest

from exegesis.execution.chance import Names, clock_reads, refers, seeded_generators, unseeded


def read(find, code):
    tree, names = ast.parse(code), Names()
    names.add(tree)
    return list(find(tree, names))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import time\ntime.time()", [(2, "time.time")]),
        ("from time import perf_counter as now\nf = now", [(2, "time.perf_counter")]),
        ("import datetime as dt\ndt.datetime.now()", [(2, "datetime.datetime.now")]),
        ("from datetime import date\ndate.today()", [(2, "datetime.date.today")]),
        ("import numpy as np\nnp.datetime64('now')", [(2, "numpy.datetime64")]),
        ("import numpy as np\nnp.datetime64('2020-01-01')", []),
        ("import time\ntime.strftime('%Y')", [(2, "time.strftime")]),
        ("import time\ntime.strftime('%Y', moment), time.sleep(1)", []),
        ("import datetime\ndatetime.date(2020, 1, 1)", []),
        ("time = 3\ntime.time", []),
        ("class A:\n    time = 1\nself.time.time()", []),
    ],
)
def test_a_look_at_the_clock_is_found(code, found):
    assert read(clock_reads, code) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy as np\nnp.random.default_rng()", [(2, "numpy.random.default_rng")]),
        ("import numpy as np\nnp.random.default_rng(None)", [(2, "numpy.random.default_rng")]),
        ("from numpy.random import default_rng\ndefault_rng(seed=None)", [(2, "numpy.random.default_rng")]),
        ("import numpy as np\nnp.random.default_rng(0), np.random.default_rng(seed=n)", []),
        ("import secrets\nsecrets.token_hex()", [(2, "secrets.token_hex")]),
        ("import random\nrandom.Random(), random.Random(3)", [(2, "random.Random")]),
    ],
)
def test_a_generator_without_a_seed_is_found(code, found):
    assert read(unseeded, code) == found


def test_seeds_of_the_global_generators_are_found():
    code = "import numpy as np, random\nnp.random.seed(0)\ndef f():\n    random.seed(a=1)\nnp.random.rand()"
    assert set(read(seeded_generators, code)) == {"numpy", "random"}
    assert read(seeded_generators, "import random\nrandom.seed()") == []


def test_a_reference_to_a_module_is_found():
    tree, names = ast.parse("from random import choice\nchoice"), Names()
    names.add(tree)
    assert refers(tree, names, "random")
    assert not refers(tree, names, "numpy")
