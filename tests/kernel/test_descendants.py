"""What a notebook starts ends with it, and no notebook can end another's kernel."""

import os
import sys
import time

import psutil
import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.kernel.client import CAN_FORK, WarmProcess
from exegesis.kernel.environment import set_environment
from tests.execution.test_run import write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no way to adopt processes")
DAEMON = """\
import os, subprocess, sys
from pathlib import Path
code = '''
import os, time
os.setsid()
if os.fork():
    os._exit(0)
open("pid", "w").write(str(os.getpid()))
time.sleep(600)
'''
subprocess.run([sys.executable, "-c", code])
while not (Path("pid").exists() and Path("pid").read_text()): pass"""


KILL_PARENT = """\
import os, signal
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)"""
KILL_ALL = """\
for each in psutil.Process().parents():
    if "exegesis.kernel.warm" in each.cmdline(): each.kill()
time.sleep(60)"""


#: Ends its neighbour as often as that is there.
KILL_NEIGHBOUR = """\
import os, time
from pathlib import Path
end = time.monotonic() + 4
while time.monotonic() < end:
    if Path("neighbour").exists():
        try: os.kill(int(Path("neighbour").read_text()), 9)
        except (ValueError, ProcessLookupError): pass
    time.sleep(.05)"""
NEIGHBOUR = """import os, time
with open("neighbour", "w") as file: file.write(str(os.getpid()))
with open("runs", "a") as file: file.write("x")
time.sleep(1)"""


@pytest.fixture
def store(tmp_path):
    set_environment(tmp_path)
    with Store(tmp_path / "store") as store:
        yield store


def is_gone(pid):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    psutil.Process(pid).kill()
    return False


@pytest.mark.parametrize("forked", [True, False])
@pytest.mark.parametrize("end", ["1", "1 / 0", "os._exit(3)"])
def test_a_daemon_ends_with_the_notebook_that_started_it(tmp_path, store, forked, end):
    path = write(tmp_path, "a", DAEMON, end)
    run_notebooks([path], store, forked=forked)
    assert is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(not CAN_FORK, reason="kernels are not forked here")
def test_a_notebook_that_kills_its_parent_ends_itself_alone(tmp_path, store):
    bad = write(
        tmp_path,
        "bad",
        "import time; time.sleep(0.5)",
        KILL_PARENT,
    )
    good = write(tmp_path, "good", "import time; time.sleep(2)", "1")
    bad_run, good_run = run_notebooks([bad, good], store, jobs=2)
    assert "the kernel died in this cell" in bad_run.failure.what
    assert good_run.failure is None
    assert good_run.seconds < 10


@pytest.mark.slow
@pytest.mark.skipif(not CAN_FORK, reason="kernels are not forked here")
def test_where_all_kernels_are_ended_the_innocent_are_run_again(tmp_path, store):
    bad = write(tmp_path, "bad", "import psutil, time; time.sleep(1)", KILL_ALL)
    good = write(tmp_path, "good", "import time; time.sleep(3)", "1")
    bad_run, good_run = run_notebooks([bad, good], store, jobs=2)
    assert "the kernel died in this cell" in bad_run.failure.what
    assert good_run.failure is None


@pytest.mark.slow
def test_a_notebook_whose_kernel_its_neighbour_ends_is_run_again_when_that_has_ended(tmp_path, store):
    bad, good = write(tmp_path, "bad", KILL_NEIGHBOUR), write(tmp_path, "good", NEIGHBOUR, "1")
    third = write(tmp_path, "third", "1")
    runs = run_notebooks([bad, good, third], store, jobs=2)
    assert [run.failure for run in runs] == [None] * 3
    assert (tmp_path / "runs").read_text() == "xx"


@pytest.mark.parametrize("beside", [[], ["import time; time.sleep(1)"]])
def test_a_notebook_that_ends_its_own_kernel_is_to_blame(tmp_path, store, beside):
    ends = "open('runs', 'a').write('x')\nimport os\nos.kill(os.getpid(), 9)"
    paths = [write(tmp_path, "bad", ends), *(write(tmp_path, "good", code) for code in beside)]
    bad_run, *good_runs = run_notebooks(paths, store, jobs=2)
    assert "the kernel died in this cell" in bad_run.failure.what
    assert not any(run.failure for run in good_runs)
    assert (tmp_path / "runs").read_text() == ("xx" if beside else "x")  # alone, nobody else can have done it


@pytest.mark.skipif(not CAN_FORK, reason="kernels are not forked here")
def test_kernels_of_a_process_that_is_killed_are_told_lost(tmp_path):
    """The one that has imported what a notebook needs, from which its kernel is forked: memory may run out in it."""
    warm = WarmProcess(dict(os.environ))

    def start(name, *steps):
        argv = ["kernel", "-f", str(tmp_path / f"{name}.json")]
        return warm.fork([str(tmp_path), *steps], argv, dict(os.environ))

    try:
        beside, kernel = start("beside"), start("kernel", "psutil")
        beside.started.result(30)
        _guard, imported, *_ = psutil.Process(kernel.started.result(30)).parents()
        imported.kill()
        for each in (kernel, beside):
            assert each.wait(10) == -9 and each.lost
            each.kill()  # is no error
    finally:
        warm.stop()
