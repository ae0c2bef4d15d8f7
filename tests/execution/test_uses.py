"""What makes a result differ, or depend on what is not seen, is told at its cell, unless it is allowed."""

import re

import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.execution.uses import USES
from exegesis.kernel.environment import set_environment
from tests.execution.test_run import line_of, write


def remarks(tmp_path, *cells, allowed=(), **options):
    path = write(tmp_path, "page", *cells)
    with Store(tmp_path / "store", tmp_path) as store:
        (run,) = run_notebooks([path], store, allowed=allowed, **options)
    assert run.failure is None
    return [(remark.line - line_of(path, cells[0].splitlines()[0]), remark.what) for remark in run.remarks]


SEVERAL = (
    "import numpy as np, os, random, socket, subprocess, time, uuid",
    "def seconds():\n    return time.perf_counter()",
    "np.random.rand();",
    "random.random();",
    "uuid.uuid4();",
    "subprocess.run(['true']);",
    "x = !true",
    "os.system('true');",
    "try:\n    socket.create_connection(('somewhere.invalid', 80), timeout=1)\nexcept OSError:\n    pass",
)


@pytest.mark.parametrize("forked", [True, False])
def test_each_is_told_at_its_line(tmp_path, forked):
    set_environment(tmp_path)
    told = remarks(tmp_path, *SEVERAL, forked=forked)
    words = [(line, " ".join(what.split()[2:5])) for line, what in told]
    assert words == [
        (5, "reads the clock"),
        (9, "draws from numpy's"),
        (13, "draws from the"),
        (17, "draws from the"),
        (21, "starts a process"),
        (25, "starts a process"),
        (29, "starts a process"),
        (34, "asks the network"),
    ]
    assert re.search(r"\(\S*sh -c true\)", told[5][1])  # the user's own shell
    again = remarks(tmp_path, *SEVERAL, forked=forked)  # from the store
    assert again == told
    assert remarks(tmp_path, *SEVERAL, allowed=USES) == []


def test_what_is_seeded_or_fixed_is_not_told(tmp_path):
    set_environment(tmp_path)
    cells = (
        "import numpy as np, random",
        "rng = np.random.default_rng(0)\nrng.normal(), np.random.RandomState(0).rand(), random.Random(1).random();",
        "import copy, pickle\ncopy.deepcopy(rng), copy.deepcopy(random.Random(0));",
        "pickle.loads(pickle.dumps(random.Random(0))), pickle.loads(pickle.dumps(rng));",
        "np.random.seed(0)\nrandom.seed(0)",
        "np.random.rand(), random.random(), hash('a');",
        "import time\ntime.sleep(0)",
    )
    assert remarks(tmp_path, *cells) == []


def test_a_library_that_draws_from_the_global_generator_is_told(tmp_path):
    set_environment(tmp_path)
    first = "import scipy.stats"
    (told,) = remarks(tmp_path, first, "scipy.stats.norm.rvs(random_state=0);", "scipy.stats.norm.rvs();")
    assert told[0] == 8
    assert "numpy's global generator" in told[1]


def test_a_library_that_seeds_itself_is_told_and_a_name_of_a_file_is_not(tmp_path):
    """Its code stands where packages stand: it can't be told from one that is installed."""
    package = tmp_path / "lib/site-packages/drawing"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "import random, secrets\nimport numpy as np\n"
        "def of_numpy():\n    return np.random.default_rng()\n"
        "def of_random():\n    return random.Random()\n"
        "def of_secrets():\n    return secrets.randbits(8)\n"
    )
    first = f"import sys, tempfile\nsys.path.insert(0, {str(package.parent)!r})\nimport drawing"
    own = ("drawing.of_numpy();", "drawing.of_random();", "drawing.of_secrets();", "tempfile.mkdtemp();")
    told = [line for line, what in remarks(tmp_path, first, *own) if "draws from the system, by drawing" in what]
    assert told == [6, 10, 14]


def test_a_tag_of_the_cell_allows_it(tmp_path):
    set_environment(tmp_path)
    cells = ("import time", "---\ntags: [uses-clock]\n---\nprint(time.time() > 0)", "time.time() > 0")
    ((line, _),) = remarks(tmp_path, *cells)
    assert line == 11


def test_a_local_module_is_looked_through(tmp_path):
    set_environment(tmp_path)
    code = "import time, random\nrandom.seed(0)\ndef seconds():\n    return time.time()\n"
    (tmp_path / "helper.py").write_text(code, encoding="utf-8")
    ((line, told),) = remarks(tmp_path, "1", "import random\nfrom helper import seconds\nrandom.random();")
    assert line == 5
    assert "time.time in helper.py:4" in told


@pytest.mark.parametrize("magic", ["%timeit -n1 -r1 1", "%%time\n1", "x = %timeit -n1 -r1 -o 1"])
def test_magics_that_time_are_told(tmp_path, magic):
    set_environment(tmp_path)
    ((_, told),) = remarks(tmp_path, magic)
    assert "reads the clock (%" in told
