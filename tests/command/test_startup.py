"""The warm process may begin before it is known whether a chapter has to run; nobody notices but by the clock."""

import ast
import os
import time

import nbformat
import psutil
import pytest

from exegesis.command.cli import OK, main
from exegesis.command.project import Project
from exegesis.command.startup import may_be_stale, warm_up
from exegesis.execution import Store, run_notebooks
from exegesis.kernel.client import CAN_FORK, WarmProcess
from exegesis.paths import store_path
from tests.command.test_cli import book, edit
from tests.execution.test_run import write

__all__ = ["book"]
pytestmark = pytest.mark.skipif(not CAN_FORK, reason="kernels are not forked here")


@pytest.fixture
def warm(own_warm_process):
    """The warm process that was started in advance, and is gone after the test whatever happened."""
    return lambda: WarmProcess._shared


def put_in_the_past(path):
    os.utime(path, (time.time() - 60,) * 2)


def test_an_edited_page_may_be_stale_and_a_built_book_is_not(book):
    project = Project.open(book)
    assert may_be_stale(project)
    for page in project.pages():
        put_in_the_past(page)
    Store(store_path(book))
    assert not may_be_stale(project)
    edit(book / "book/papers/second.md", "# Second", "# Zweitens")
    os.utime(book / "book/papers/second.md", (time.time() + 60,) * 2)
    assert may_be_stale(project)


def test_a_build_notes_that_nothing_is_stale(book):
    for page in Project.open(book).pages():
        put_in_the_past(page)
    assert main(["build"]) == OK
    assert not may_be_stale(Project.open(book))
    time.sleep(0.01)
    (book / "book/papers/second.md").touch()
    assert main(["build"]) == OK
    assert not may_be_stale(Project.open(book))


def test_a_table_of_contents_that_cannot_be_read_is_left_to_the_build(book):
    Store(store_path(book))
    (book / "_toc.yml").write_text("- [", encoding="utf-8")
    assert not may_be_stale(Project.open(book))


def test_kernels_come_from_it_and_see_nothing_of_what_they_did_not_import(book, warm):
    warm_up(Project.open(book))
    process = warm().process
    cell = "import psutil, sys\n'numpy' in sys.modules, [parent.pid for parent in psutil.Process().parents()]"
    cells = {"plain": cell, "figures": f"import numpy\n{cell}"}
    paths = [write(book / "book/papers", name, text) for name, text in cells.items()]
    store = Store(store_path(book))
    assert [run.failure for run in run_notebooks(paths, store)] == [None, None]
    seen = {}
    for file in (store.path / "results").glob("*.ipynb"):
        (ran,) = nbformat.read(file, 4).cells
        numpy, parents = ast.literal_eval(ran.outputs[0]["data"]["text/plain"])
        assert process.pid in parents
        seen[ran.source.startswith("import numpy")] = numpy
    assert seen == {True: True, False: False}


def test_it_is_gone_at_once_where_nothing_was_stale(book, warm):
    store = Store(store_path(book))
    warm_up(Project.open(book))
    process = psutil.Process(warm().process.pid)
    time.sleep(0.3)  # in the midst of its imports
    begin = time.perf_counter()
    assert run_notebooks([], store) == []
    assert time.perf_counter() - begin < 0.5
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
