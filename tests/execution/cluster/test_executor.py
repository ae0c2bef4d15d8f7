"""Chapters run on a Dask cluster: a real scheduler and real workers on the loopback, some of which are killed."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from textwrap import dedent, indent

import psutil
import pytest

from exegesis.execution import ExecutorError, Store, run_notebooks
from exegesis.execution.cluster.executor import TRIES, ClusterExecutor
from exegesis.kernel.environment import set_environment
from tests.execution.test_run import line_of, write

LOCK = Path(__file__).parents[3] / "requirements.lock"
# A chapter's kernel finds the worker that it descends from and kills it, as a machine that is lost would.
KILL_THE_WORKER = """\
import os, psutil, signal
worker = next(process for process in psutil.Process().parents() if "worker" in process.cmdline())
os.kill(worker.pid, signal.SIGKILL)"""


class Cluster:
    """A scheduler and workers, each a process of its own on a free port."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}  # each with its log
        self.scheduler = self._start("scheduler", "--port", "0")
        self.address = self._told(self.scheduler, r"Scheduler at:\s+(\S+)")

    def _start(self, *command, **environment):
        command = [sys.executable, "-m", "dask", *command, "--host", "127.0.0.1", "--no-dashboard"]
        log = self.folder / f"log{len(self.processes)}"
        with log.open("w") as stderr:
            process = subprocess.Popen(command, stderr=stderr, cwd=self.folder, env={**os.environ, **environment})
        self.processes[process] = log
        return process

    def _told(self, process, what):
        return wait_for(lambda: re.search(what, self.processes[process].read_text(encoding="utf-8")))[1]

    def start_worker(self, **environment):
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        return self._start("worker", self.address, *options, **environment)

    @contextmanager
    def one_more(self, **environment):
        worker = self.start_worker(**environment)
        try:
            yield self._told(worker, r"Registered to:\s+(\S+)")
        finally:
            stop(worker)

    def stop(self):
        for process in reversed(self.processes):
            stop(process)


def stop(process):
    process.kill()
    process.wait()


def wait_for(what, seconds=180):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@contextmanager
def started(folder, workers):
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with started(tmp_path_factory.mktemp("cluster"), workers=2) as cluster:
        yield cluster


@pytest.fixture
def store(tmp_path):
    set_environment(tmp_path)
    return Store(tmp_path / "store")


def run(paths, store, cluster, **settings):
    return run_notebooks(paths, store, executor=ClusterExecutor(cluster.address, LOCK), **settings)


def results(folder):
    """What is stored, by code."""
    found = {}
    for file in (folder / "results").glob("*.ipynb"):
        notebook = json.loads(file.read_text(encoding="utf-8"))
        found["".join(str(cell["source"]) for cell in notebook["cells"])] = notebook
    return found


def needs(folder):
    with closing(sqlite3.connect(folder / "index.db")) as index:
        return [needs for (needs,) in index.execute("SELECT needs FROM result ORDER BY id")]


@pytest.mark.slow
def test_a_chapter_that_reads_what_did_not_go_along_is_named(tmp_path, store, cluster):
    (tmp_path / "page.md").touch()
    (found,) = run([write(tmp_path, "lists", "import os\nlen(os.listdir())")], store, cluster)
    assert "it reads page.md" in found.failure.what


@pytest.mark.slow
def test_outputs_equal_those_of_this_machine(tmp_path, store, cluster):
    papers = tmp_path / "book" / "papers"
    (papers / "inner").mkdir(parents=True)
    (papers / "matplotlibrc").write_text("font.size: 23\n", encoding="utf-8")
    (papers / "helper.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    (papers / "inner" / "seven.txt").write_text("7", encoding="utf-8")
    (tmp_path / "book" / "table.csv").write_text("1,2\n", encoding="utf-8")
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nprint({'a', 'b', 'c'})"
    files = "helper.double(int(open('inner/seven.txt').read())), os.environ['OMP_NUM_THREADS']"
    paths = [
        write(papers, "figure", figure),
        write(papers, "files", "import helper, os\nprint(open('../table.csv').read())", files),
        write(papers, "raises", "x = 1", "y = 2\n\nz = y / 0"),
    ]
    here = run_notebooks(paths, store)
    told = []
    other = Store(tmp_path / "other")
    there = run(paths, other, cluster, progress=lambda done, total, run: told.append((done, total)))
    assert [run.failure for run in there] == [run.failure for run in here]
    assert [bool(run.failure) for run in there] == [False, False, True]
    assert there[2].failure.line == line_of(paths[2], "z = y / 0")
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert results(tmp_path / "other") == results(tmp_path / "store")
    assert needs(tmp_path / "other") == needs(tmp_path / "store")
    assert any("../table.csv" in told and "helper.py" in told for told in needs(tmp_path / "other"))
    assert len(results(tmp_path / "other")) == 2
    assert list(cluster.folder.rglob("chapters"))
    assert not [path for path in cluster.folder.rglob("chapters/**/*") if path.is_file()]


@pytest.mark.slow
def test_a_chapter_that_fails_for_its_own_reasons_is_run_once(tmp_path, store, cluster):
    log = tmp_path / "log"
    (found,) = run([write(tmp_path, "bad", f"open({str(log)!r}, 'a').write('x')", "1 / 0")], store, cluster)
    assert "ZeroDivisionError" in found.failure.what
    assert log.read_text(encoding="utf-8") == "x"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("numpy-0.1.dist-info/METADATA", "Name: numpy\nVersion: 0.1\n", r"numpy 2\S+ here, 0.1 there"),
        ("exegesis.py", "raise ImportError('not installed')", "not installed"),
    ],
)
def test_a_worker_that_is_unlike_this_machine_is_refused(tmp_path, store, cluster, file, content, told):
    path = tmp_path / "site" / file
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    with (
        cluster.one_more(PYTHONPATH=str(tmp_path / "site")),
        pytest.raises(ExecutorError, match=rf"the worker tcp://\S+ is not like this machine: .*{told}"),
    ):
        run([write(tmp_path, "a", "1")], store, cluster)


@pytest.mark.slow
def test_ctrl_c_stops_what_is_in_flight_there(tmp_path, cluster):
    pid = tmp_path / "pid"
    tell = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))"
    chapter = write(tmp_path, "slow", tell, "time.sleep(60)")
    script = f"""
        from pathlib import Path
        from exegesis.execution import Store, run_notebooks
        from exegesis.execution.cluster.executor import ClusterExecutor
        store = Store(Path({str(tmp_path / "store")!r}))
        executor = ClusterExecutor({cluster.address!r}, Path({str(LOCK)!r}))
        run_notebooks([Path({str(chapter)!r})], store, executor=executor)
    """
    client = subprocess.Popen([sys.executable, "-c", dedent(script)], stderr=subprocess.PIPE, text=True)
    try:
        kernel = psutil.Process(int(wait_for(lambda: pid.exists() and pid.read_text(encoding="utf-8"))))
        client.send_signal(signal.SIGINT)
        _, told = client.communicate(timeout=20)
    finally:
        stop(client)
    assert "KeyboardInterrupt" in told
    psutil.wait_procs([kernel], timeout=20)
    assert not kernel.is_running()


@pytest.mark.slow
def test_workers_that_die_are_survived_and_a_chapter_that_kills_three_is_named(tmp_path, store, cluster):
    for _ in range(TRIES + 1):
        cluster.start_worker()
    tries, once = tmp_path / "tries", tmp_path / "once"
    fatal = write(tmp_path, "fatal", f"open({str(tries)!r}, 'a').write('x')", KILL_THE_WORKER)
    first = f"import pathlib\nonce = pathlib.Path({str(once)!r})"
    then = f"if not once.exists():\n    once.touch()\n{indent(KILL_THE_WORKER, '    ')}"
    unlucky = write(tmp_path, "unlucky", first, then)
    others = [write(tmp_path, f"other{i}", f"print({i})") for i in range(4)]
    runs = run([fatal, unlucky, *others], store, cluster)
    assert f"{TRIES} workers died" in runs[0].failure.what
    assert [run.failure for run in runs[1:]] == [None] * 5
    assert once.exists()
    assert tries.read_text(encoding="utf-8") == "x" * TRIES


@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_named(tmp_path, store):
    begun = tmp_path / "begun"
    slow = write(tmp_path, "slow", f"import time\nopen({str(begun)!r}, 'w')\ntime.sleep(60)")
    with started(tmp_path, workers=1) as cluster:
        killer = threading.Thread(target=lambda: wait_for(begun.exists) and cluster.scheduler.kill())
        killer.start()
        with pytest.raises(ExecutorError, match=f"the scheduler at {cluster.address} has gone away"):
            run([slow], store, cluster)
        killer.join()


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named_within_seconds(tmp_path, store):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    begin = time.monotonic()
    with pytest.raises(ExecutorError, match=f"no Dask scheduler answers at {address}"):
        run_notebooks([write(tmp_path, "a", "1")], store, executor=ClusterExecutor(address, LOCK))
    assert time.monotonic() - begin < 20


def test_an_address_that_is_none_is_named(tmp_path, store):
    with pytest.raises(ExecutorError, match=r"at nonsense://x \(unknown address scheme"):
        run_notebooks([write(tmp_path, "a", "1")], store, executor=ClusterExecutor("nonsense://x", LOCK))
