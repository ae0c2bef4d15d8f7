"""Jupyter-cache's own command runs notebooks with this engine."""

import warnings
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.executors import list_executors, load_executor
from nbformat import v4

COUNT = "from pathlib import Path\nwith Path('runs').open('a') as file: file.write('x')\nlen('ab')"
MYST = "---\nkernelspec: {name: python3, display_name: P}\n---\n# T\n\n```{code-cell} python\nprint('from MyST')\n```\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)  # other tests of this process may have set it
    cache = get_cache(tmp_path / "cache")
    for name, code in {"good": COUNT, "bad": "print('so far')\n1 / 0"}.items():
        made = v4.new_notebook(cells=[v4.new_code_cell(code)])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "P"}
        nbformat.write(made, tmp_path / f"{name}.ipynb")
        cache.add_nb_to_project(tmp_path / f"{name}.ipynb")
    (tmp_path / "text.md").write_text(MYST, encoding="utf-8")
    cache.add_nb_to_project(tmp_path / "text.md", read_data={"name": "myst_nb_md", "type": "plugin"})
    return cache


def run(cache, **options):
    found = load_executor("exegesis", cache).run_and_cache(**options)
    return [sorted(Path(path).name for path in paths) for paths in (found.succeeded, found.excepted, found.errored)]


def outputs(cache, path):
    _, merged = cache.merge_match_into_notebook(cache.get_project_notebook(str(path)).nb)
    return [output for cell in merged.cells if cell.cell_type == "code" for output in cell.outputs]


def test_a_project_is_run_and_its_results_are_in_the_cache(cache, tmp_path):
    assert "exegesis" in list_executors()
    assert run(cache) == [["good.ipynb", "text.md"], ["bad.ipynb"], []]
    assert outputs(cache, tmp_path / "good.ipynb")[0].data["text/plain"] == "2"
    assert outputs(cache, tmp_path / "text.md")[0].text == "from MyST\n"
    assert "ZeroDivisionError" in cache.get_project_record(str(tmp_path / "bad.ipynb")).traceback
    assert [Path(record.uri).name for record in cache.list_unexecuted()] == ["bad.ipynb"]


def test_kernels_get_the_environment_that_a_result_is_known_by(cache, tmp_path):
    path = tmp_path / "asks.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("import os\nos.environ.get('PYTHONHASHSEED')")]), path)
    cache.add_nb_to_project(path)
    assert run(cache, filter_uris=[str(path)])[0] == ["asks.ipynb"]
    assert outputs(cache, path)[0].data["text/plain"] == "'0'"


def test_what_has_a_result_is_run_again_on_request_only(cache, tmp_path):
    good = {"filter_uris": [str(tmp_path / "good.ipynb")]}
    assert run(cache, **good) == [["good.ipynb"], [], []]
    assert run(cache, **good) == [[], [], []]
    assert run(cache, **good, force=True) == [["good.ipynb"], [], []]
    assert (tmp_path / "runs").read_text() == "xx"


def test_errors_may_be_allowed(cache, tmp_path):
    bad = tmp_path / "bad.ipynb"
    assert run(cache, filter_uris=[str(bad)], allow_errors=True) == [["bad.ipynb"], [], []]
    assert [output.output_type for output in outputs(cache, bad)] == ["stream", "error"]
    assert cache.get_project_record(str(bad)).traceback is None


def test_what_cannot_be_read_is_told(cache, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        (tmp_path / "good.ipynb").write_text("{", encoding="utf-8")
        assert run(cache, filter_uris=[str(tmp_path / "good.ipynb")]) == [[], [], ["good.ipynb"]]
