"""Chapters run in kernels of their own, in parallel, and say where they fail."""

import asyncio
import inspect
import json
import os
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient

from exegesis.execution import Store, run_fresh, run_notebooks
from exegesis.execution.kernel import Execution
from exegesis.execution.run import run_to_end
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits
from tests.tiny import chapter


@pytest.fixture
def store(tmp_path):
    set_environment(tmp_path)
    return Store(tmp_path / "store")


def write(tmp_path, name, *cells):
    body = "# T\n" + "".join(f"\n```{{code-cell}} python\n{cell}\n```\n" for cell in cells)
    path = tmp_path / f"{name}.md"
    path.write_text(chapter(body), encoding="utf-8")
    return path


def line_of(path, text):
    return path.read_text(encoding="utf-8").splitlines().index(text) + 1


def test_notebooks_run_once_and_are_found_again(tmp_path, store):
    paths = [write(tmp_path, name, f"print('{name}')") for name in ("a", "b")]
    told = []
    runs = run_notebooks(paths, store, jobs=2, progress=lambda done, total, run: told.append((done, total)))
    assert [(run.path, run.stored, run.failure) for run in runs] == [(path, False, None) for path in paths]
    assert told == [(1, 2), (2, 2)]
    assert all(run.stored for run in run_notebooks(paths, store))


def test_they_run_where_an_event_loop_runs_already(tmp_path, store):
    async def inside():
        return run_notebooks([write(tmp_path, "a", "1")], store)

    (run,) = run_to_end(inside())
    assert run.failure is None


def test_each_runs_in_its_own_folder_and_kernel(tmp_path, store):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "data.txt").write_text("x", encoding="utf-8")
    one = write(tmp_path / "deep", "one", "open('data.txt').read()", "leaked = 1")
    other = write(tmp_path / "deep", "other", "assert 'leaked' not in globals()")
    assert [run.failure for run in run_notebooks([one, other], store, jobs=1)] == [None, None]


@pytest.mark.parametrize(
    ("cells", "line", "told"),
    [
        (["x = 1", "y = 2\n\nz = y / 0\nw = 3"], "z = y / 0", "the cell raises ZeroDivisionError: division by zero"),
        (["def f():\n    return 1 / 0", "1\nf()"], "f()", "ZeroDivisionError"),
        (["---\ntags: [x]\n---\nx = 1\nx +"], "x +", "SyntaxError"),
        (["x = 1", "import os\nos._exit(1)"], "import os", "the kernel died"),
        (["x = 1", "import time\ntime.sleep(30)"], "import time", "longer than 2 s"),
    ],
)
def test_a_failure_names_its_line_and_is_not_stored(tmp_path, store, cells, line, told):
    path = write(tmp_path, "bad", *cells)
    for _ in range(2):
        (run,) = run_notebooks([path], store, limits=Limits(cell=2))
        assert not run.stored
        assert told in run.failure.what
        assert run.failure.line == line_of(path, line)


def test_the_others_go_on_when_one_fails(tmp_path, store):
    bad, good = write(tmp_path, "bad", "1 / 0"), write(tmp_path, "good", "1")
    runs = run_notebooks([bad, good], store)
    assert [bool(run.failure) for run in runs] == [True, False]


def test_a_page_without_cells_is_passed_over(tmp_path, store):
    page = tmp_path / "page.md"
    page.write_text("# Page\n", encoding="utf-8")
    assert run_notebooks([page], store) == []


def test_a_kernel_that_is_not_installed_is_told(tmp_path, store):
    path = write(tmp_path, "strange", "1")
    path.write_text(path.read_text(encoding="utf-8").replace("name: python3", "name: cobol"), encoding="utf-8")
    (run,) = run_notebooks([path], store)
    assert "cobol" in run.failure.what


def test_a_result_whose_file_was_lost_is_made_again(tmp_path, store):
    path = write(tmp_path, "a", "1")
    run_notebooks([path], store)
    for file in (tmp_path / "store/results").iterdir():
        file.unlink()
    (run,) = run_notebooks([path], Store(tmp_path / "store"))
    assert not run.stored
    assert run.failure is None


def test_the_matplotlibrc_beside_the_chapters_is_read_and_sets_have_one_order(tmp_path, store):
    (tmp_path / "matplotlibrc").write_text("font.size: 23\n", encoding="utf-8")
    cells = (
        "import matplotlib, os\nassert matplotlib.rcParams['font.size'] == 23",
        "assert os.environ['PYTHONHASHSEED'] == '0'",
    )
    (run,) = run_notebooks([write(tmp_path, "a", *cells)], store)
    assert run.failure is None


def test_the_execution_package_imports_no_sphinx():
    import subprocess
    import sys

    code = "import sys, exegesis.execution; print('sphinx.application' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
    assert Path(sys.executable).exists()


@pytest.mark.parametrize("code", ["object()", "print([object()])", "print(lambda: 1)"])
def test_an_objects_address_is_refused(tmp_path, store, code):
    path = write(tmp_path, "bad", "x = 1", code)
    (run,) = run_notebooks([path], store)
    assert " at 0x" in run.failure.what
    assert run.failure.line == line_of(path, code)


def test_an_address_that_is_not_shown_or_is_allowed_passes(tmp_path, store):
    shown, figure = write(tmp_path, "shown", "object()"), write(tmp_path, "figure", "from IPython.display import HTML")
    with figure.open("a", encoding="utf-8") as file:
        file.write("\n```{code-cell} python\nHTML('<b>at 0x12</b>')\n```\n")
    assert run_notebooks([figure], store)[0].failure is None
    assert run_notebooks([shown], store, addresses=True)[0].failure is None


def test_a_fresh_run_is_compared_with_what_is_stored(tmp_path, store):
    same = write(tmp_path, "same", "print(1)")
    other = write(tmp_path, "other", "1", "import time", "time.time_ns()")
    runs = run_notebooks([same, other], store)
    assert [run.failure for run in runs] == [None, None]
    found, differing = run_fresh(runs, store)
    assert found.failure is None
    assert differing.failure.line == line_of(other, "time.time_ns()")
    assert all(run.stored for run in run_notebooks([same, other], store))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["/nowhere/python", "-f", "{connection_file}"], "the kernel 'odd' does not start: /nowhere/python"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "the kernel 'odd' does not start"),
    ],
)
def test_a_kernel_that_does_not_start_is_told(tmp_path, store, monkeypatch, capfd, command, told):
    spec = tmp_path / "jupyter/kernels/odd/kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": command, "display_name": "Odd", "language": "python"}), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    path = write(tmp_path, "a", "1")
    path.write_text(path.read_text(encoding="utf-8").replace("name: python3", "name: odd"), encoding="utf-8")
    (run,) = run_notebooks([path], store)
    assert told in run.failure.what
    assert "kernelspec" in run.failure.mend
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.usefixtures("own_warm_process")
def test_a_kernel_without_numpy_says_so_in_the_cell_that_wants_it(tmp_path, store, monkeypatch, capfd):
    (tmp_path / "without/numpy").mkdir(parents=True)
    code = "raise ModuleNotFoundError(\"No module named 'numpy'\")\n"
    (tmp_path / "without/numpy/__init__.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "without"), os.environ.get("PYTHONPATH", "")]))
    path = write(tmp_path, "a", "x = 1", "import numpy as np")
    (run,) = run_notebooks([path], store)
    assert run.failure.line == line_of(path, "import numpy as np")
    assert "No module named 'numpy'" in run.failure.what
    err = capfd.readouterr().err
    assert "TCP" not in err
    assert "Traceback" not in err


def test_code_that_a_cell_takes_in_and_is_not_there_is_told_at_its_line(tmp_path, store):
    path = write(tmp_path, "a", "1", ":load: none.py")
    (run,) = run_notebooks([path], store)
    told = (run.failure.line, run.failure.what, run.failure.mend)
    assert told == (
        line_of(path, ":load: none.py"),
        "the file of ':load:' can't be read: none.py",
        "name a file beside the page",
    )


class Spoils:
    """Executes nothing, and changes all results that there are; the second notebook waits for one."""

    def __init__(self, store):
        self.results = store.path / "results"

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def execute(self, notebook, path, text, options):
        for _ in range(1000):
            if path.stem != "second" or any(self.results.glob("*.ipynb")):
                break
            await asyncio.sleep(0.01)
        for file in self.results.glob("*.ipynb"):
            file.write_bytes(file.read_bytes() + b"forged")
        return Execution(0.0, None)


def test_notebooks_that_change_each_others_results_come_to_an_end(tmp_path, store):
    paths = [write(tmp_path, name, "1") for name in ("first", "second")]
    first, second = run_notebooks(paths, store, executor=Spoils(store))
    assert first.failure is None and first.result.is_whole, "it was run again"
    assert "another notebook changes" in second.failure.what and second.result.is_whole, "what its page shows"


def test_nbclient_reads_outputs_as_this_engine_assumes():
    """`Client` keeps quiet of outputs that nobody waits for any more, where nbclient has no hook."""
    assert inspect.iscoroutinefunction(NotebookClient._async_poll_output_msg)
    assert "self._async_poll_output_msg(" in inspect.getsource(NotebookClient.async_execute_cell)
