import time

import psutil
import pytest

from exegesis.doubt.forks import Forks, tell_of


def ask(work, seconds=5.0, memory=500.0):
    found = []
    forks = Forks(2, memory)
    forks.start(work, seconds, found.append)
    forks.finish()
    return found


def test_it_tells_what_came_out():
    assert ask(lambda: {"a": "é" * 200_000}) == [{"a": "é" * 200_000}]


def test_what_it_raises_is_told():
    assert ask(lambda: {"a": 1 / 0}) == [{"error": "ZeroDivisionError: division by zero"}]


def forever():
    while True:
        pass


def much():
    return {"much": len(bytearray(400_000_000))}


def test_it_ends_when_it_takes_too_long():
    assert ask(forever, seconds=1) == [{"error": "takes longer than 1 s"}]


def test_it_gets_no_more_memory_than_it_may_have():
    assert ask(much, memory=1000) == [{"much": 400_000_000}]
    assert ask(much, memory=100) == [{"error": "MemoryError: "}]


def test_a_process_that_ends_itself_is_told():
    import os
    import signal

    assert ask(lambda: os.kill(os.getpid(), signal.SIGKILL)) == [{"error": "the process died of signal 9"}]
    assert ask(lambda: os._exit(3)) == [{"error": "the process ended"}]


def test_no_more_at_once_than_there_may_be(tmp_path):
    def work():
        (tmp_path / f"{time.monotonic_ns()}").touch()
        running = len(list(tmp_path.iterdir()))
        time.sleep(0.1)
        next(tmp_path.iterdir()).unlink()
        return {"running": running}

    found = []
    forks = Forks(2, 500)
    for _ in range(6):
        forks.start(work, 5, found.append)
    forks.finish()
    assert len(found) == 6
    assert max(each["running"] for each in found) <= 2


def test_what_is_known_is_told_too():
    found = []
    tell_of(found.append, {"id": 1, "error": "?"}, {"error": "!"})
    assert found == [{"id": 1, "error": "!"}]


@pytest.fixture(autouse=True)
def _no_child_is_left():
    before = set(psutil.Process().children())  # a browser, of a test before
    yield
    assert set(psutil.Process().children()) <= before
