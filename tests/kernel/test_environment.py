"""Nothing of the user's, and nothing of the processor's that can be named, decides what a kernel computes."""

import ast
import os
import platform
from pathlib import Path

import pytest

from exegesis.execution import Store, run_notebooks, with_outputs
from exegesis.execution.notebook import read_notebook
from exegesis.kernel.environment import BASELINES, VARIABLE, baseline, baselines, decisive, short_environment
from tests.execution.test_run import write


def shown(path, run):
    notebook = with_outputs(read_notebook(path.read_text(encoding="utf-8")), run.result.file)
    return ast.literal_eval(notebook.cells[-1].outputs[0].data["text/plain"])


def run_in(environment, path, tmp_path, **options):
    with Store(tmp_path / "store", tmp_path, decisive(environment, ["NAMED"])) as store:
        (run,) = run_notebooks([path], store, environment=environment, **options)
    assert run.failure is None
    return run


@pytest.mark.parametrize("forked", [True, False])
def test_a_variable_of_the_shell_is_not_there_unless_it_is_named(tmp_path, monkeypatch, forked):
    monkeypatch.setenv("SECRET", "1")
    monkeypatch.setenv("NAMED", "2")
    path = write(tmp_path, "a", "import os\nos.environ.get('SECRET'), os.environ.get('NAMED'), os.path.expanduser('~')")
    run = run_in(short_environment(tmp_path / "store/home", ["NAMED"]), path, tmp_path, forked=forked)
    assert shown(path, run) == (None, "2", str(tmp_path / "store/home"))


def test_a_result_depends_on_what_is_named(tmp_path, monkeypatch):
    path = write(tmp_path, "a", "1")
    for value, stored in (("1", False), ("1", True), ("2", False)):
        monkeypatch.setenv("NAMED", value)
        environment = short_environment(tmp_path / "store/home", ["NAMED"])
        assert run_in(environment, path, tmp_path).stored == stored


def test_the_users_settings_of_matplotlib_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/matplotlibrc").write_text("font.size: 23\n")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "config"))
    path = write(tmp_path, "a", "import matplotlib\nmatplotlib.rcParams['font.size']")
    assert shown(path, run_in(short_environment(tmp_path / "store/home"), path, tmp_path)) == 10.0


@pytest.mark.skipif(baseline() not in BASELINES, reason="no baseline is known for this processor")
@pytest.mark.parametrize("forked", [True, False])
def test_numpy_and_its_blas_keep_to_the_named_baseline(tmp_path, forked):
    cell = (
        "import numpy\nfrom numpy._core._multiarray_umath import __cpu_features__ as found\n"
        "from threadpoolctl import threadpool_info\n"
        "found['X86_V4'], {one['architecture'] for one in threadpool_info() if one['internal_api'] == 'openblas'}"
    )
    path = write(tmp_path, "a", cell)
    run = run_in(short_environment(tmp_path / "store/home"), path, tmp_path, forked=forked)
    assert shown(path, run) == (False, {BASELINES[baseline()][1]["OPENBLAS_CORETYPE"]})


def test_an_older_baseline_can_be_named_and_one_that_is_not_there_can_not(tmp_path, monkeypatch):
    for name in baselines():
        monkeypatch.setenv(VARIABLE, name)
        assert baseline() == name
        assert short_environment(tmp_path)["OPENBLAS_CORETYPE"] == BASELINES[name][1]["OPENBLAS_CORETYPE"]
    newest = next(iter(baselines()), platform.machine())
    monkeypatch.setenv(VARIABLE, "x86-64-v9")
    assert baseline() == newest


def test_the_baseline_is_part_of_what_a_result_is_known_by(tmp_path):
    environment = short_environment(tmp_path)
    other = environment | {"OPENBLAS_CORETYPE": "Nehalem"}
    assert decisive(environment) != decisive(other)
    assert Path(environment["HOME"]).is_dir()
    assert set(os.environ) - set(environment), "something is left out"
