"""A chapter that goes over a limit is stopped and named with its cell; nothing of it is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits
from tests.execution.test_run import line_of, write


@pytest.fixture
def store(tmp_path):
    set_environment(tmp_path)
    return Store(tmp_path / "store")


@pytest.mark.parametrize(
    ("limits", "code", "told"),
    [
        (Limits(seconds=2), "import time; time.sleep(600)", "the chapter takes longer than 2 s"),
        (Limits(memory=400), "import time; x = bytearray(500_000_000); time.sleep(600)", "more than 400 MB of memory"),
        (Limits(output=0.5), "while True: print('x' * 1000)", "outputs are larger than 0.5 MB"),
    ],
)
@pytest.mark.parametrize("forked", [True, False])
def test_it_is_stopped_and_named_and_the_others_go_on(tmp_path, store, limits, code, told, forked):
    bad, good = write(tmp_path, "bad", "1", code), write(tmp_path, "good", "2")
    bad_run, good_run = run_notebooks([bad, good], store, limits=limits, forked=forked, jobs=1)
    assert told in bad_run.failure.what
    assert bad_run.failure.line == line_of(bad, code)
    assert good_run.failure is None


@pytest.mark.parametrize(
    ("cell", "limits", "told"),
    [
        (60, {"second": 1}, "no 'second'; there are seconds, memory, output, files, tasks"),
        (60, {"seconds": "long"}, "'seconds' is 'long'"),
        (60, {"memory": True}, "'memory' is True"),
        (-1, {}, "'cell' is -1"),
        (60, [1], "no 'limits'"),
    ],
)
def test_a_limit_that_is_none_is_told(cell, limits, told):
    with pytest.raises(ValueError, match=told):
        Limits.read(cell, limits)


def test_what_is_not_set_has_a_default():
    assert Limits.read(30, None) == Limits(cell=30)
    assert Limits.read(30, {"memory": 5}) == Limits(cell=30, memory=5)


RUN = """\
import sys
from pathlib import Path
from exegesis.execution import Store, run_notebooks
from exegesis.kernel.environment import set_environment
folder = Path(sys.argv[1])
set_environment(folder)
try:
    run_notebooks(sorted(folder.glob("*.md")), Store(folder / "store"), forked=sys.argv[2] == "forked", jobs=3)
except KeyboardInterrupt:
    sys.exit(130)
"""
STARTS_OTHERS = """\
import os, subprocess, sys, time
from pathlib import Path
code = "import time; time.sleep(600)"
others = [subprocess.Popen([sys.executable, "-c", code], start_new_session=own) for own in (False, True)]
Path(f"started-{os.getpid()}").write_text(" ".join(str(o.pid) for o in others))
time.sleep(600)"""


def left_of(family, seconds):
    """Return which of these processes still run after so many seconds, and end them."""
    begin = time.monotonic()
    while running := [process for process in family if runs(process)]:
        if time.monotonic() - begin > seconds:
            break
        time.sleep(0.05)
    for process in running:
        process.kill()
    return running


def runs(process):
    """Whether it runs: one that ended stays a zombie where process 1, as in many containers, waits for nobody."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
@pytest.mark.parametrize("how", ["forked", pytest.param("fresh", marks=pytest.mark.slow)])
def test_ctrl_c_stops_everything_within_two_seconds(tmp_path, how):
    for name in ("one", "two"):
        write(tmp_path, name, STARTS_OTHERS)
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), how], start_new_session=True) as process:
        waited = time.monotonic()
        while len(started := list(tmp_path.glob("started-*"))) < 2:
            assert process.poll() is None
            assert time.monotonic() - waited < 120
            time.sleep(0.1)
        time.sleep(0.2)
        family = psutil.Process(process.pid).children(recursive=True)
        family += [psutil.Process(int(pid)) for file in started for pid in file.read_text().split()]
        begin = os.times()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        took = os.times().elapsed - begin.elapsed
    assert not left_of(family, 1)
    assert took < 2 * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))  # of a machine that does nothing else


@pytest.mark.skipif(os.name == "nt", reason="the poller of ipykernel does it there")
def test_nothing_is_left_when_the_command_is_killed(tmp_path):
    write(tmp_path, "one", STARTS_OTHERS.replace("(False, True)", "(False,)"))
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), "forked"]) as process:
        while not (started := list(tmp_path.glob("started-*"))):
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(0.2)
        family = psutil.Process(process.pid).children(recursive=True)
        family += [psutil.Process(int(pid)) for file in started for pid in file.read_text().split()]
        process.kill()
    assert not left_of(family, 20)
