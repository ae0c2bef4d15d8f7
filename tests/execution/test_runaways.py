"""Chapters of each kind of the table are stopped and named with their cell; others are run, and nothing stays."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.kernel.descendants import adopt
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits
from tests.execution.runaways import RUNAWAYS, TIME
from tests.execution.test_run import write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems can't hold all that a kernel starts")
SMALL = {"seconds": 30, "memory": 300, "output": 0.5, "files": 20, "tasks": 60}
SHARED = Path("/dev/shm")


def running() -> set[psutil.Process]:
    """Return what descends from this process and has not ended."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add(process)
        except psutil.NoSuchProcess:
            pass
    return found


def left_after(seconds: float, before: set[psutil.Process]) -> set[psutil.Process]:
    """Return what runs after so many seconds that did not before, and end it."""
    end = time.monotonic() + seconds
    while (left := running() - before) and time.monotonic() < end:
        time.sleep(0.02)
    for process in left:
        process.kill()
    return left


@pytest.fixture
def temporary(monkeypatch):
    """A folder for what is temporary; its name is short, for there are sockets in it."""
    adopt()  # what a kernel leaves behind becomes this process's child, and is seen
    folder = tempfile.mkdtemp(prefix="r-")
    monkeypatch.setenv("TMPDIR", folder)
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "runaway",
    [  # some seconds each
        pytest.param(
            each, id=each.name, marks=pytest.mark.exhaustive if number % 4 else pytest.mark.slow if number % 12 else ()
        )
        for number, each in enumerate(RUNAWAYS)
    ],
)
@pytest.mark.usefixtures("own_warm_process")
def test_it_is_stopped_and_named_and_nothing_of_it_stays(runaway, tmp_path, temporary, capfd):
    set_environment(tmp_path)
    bad, good = write(tmp_path, "bad", "x = 1", runaway.code, "y = 2"), write(tmp_path, "good", "1 + 1")
    cell = 1 if TIME in runaway.told else 20  # the first error of a kernel takes a while to be told
    before, shared = running(), set(SHARED.glob("psm_*"))
    with Store(tmp_path / "store", tmp_path) as store:
        limits = Limits(**{"cell": cell} | SMALL | runaway.limits)
        bad_run, good_run = run_notebooks([bad, good], store, limits=limits, jobs=1)
    told = bad_run.failure.what if bad_run.failure else ""
    assert re.search(runaway.told or "^$", told), told
    if bad_run.failure:
        lines = runaway.code.splitlines()
        text = bad.read_text(encoding="utf-8").splitlines()
        first = text.index(lines[0]) + 1
        last = text.index("y = 2") + 1 if runaway.later else first + len(lines) - 1
        assert first <= bad_run.failure.line <= last
        fault = str(bad_run.failure.fault("bad.md"))
        assert fault.startswith(f"bad.md:{bad_run.failure.line}: ") and "; " in fault and "\n" not in fault
    assert good_run.failure is None
    assert not left_after(2, before)
    assert list(temporary.iterdir()) == []
    assert set(SHARED.glob("psm_*")) <= shared  # that of other tests has other names
    assert capfd.readouterr() == ("", ""), "nothing of it is repeated here"


def test_each_kind_has_its_name():
    assert len({runaway.name for runaway in RUNAWAYS}) == len(RUNAWAYS) >= 100
