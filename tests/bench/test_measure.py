"""A build is measured with all its processes, and stopped with them."""

import sys
import time

import psutil
import pytest

from bench.measure import BenchError, measure, tree_bytes

FORK = "import os, time; pid = os.fork(); held = bytearray(60_000_000) if not pid else 0; "


def alive(pid):
    try:
        return psutil.Process(pid).status() != "zombie"
    except psutil.NoSuchProcess:
        return False


def test_time_and_the_memory_of_all_processes(tmp_path):
    code = FORK + "time.sleep(1.5); pid and os.wait()"
    measured = measure([sys.executable, "-c", code], tmp_path, timeout=60)
    assert measured.seconds >= 1.5
    assert measured.peak_bytes > 60_000_000


def test_processor_time_counts_that_of_children(tmp_path):
    code = "import os; pid = os.fork(); any(range(0)) if pid else sum(range(10_000_000)); pid and os.wait()"
    alone = measure([sys.executable, "-c", "pass"], tmp_path, timeout=60)
    assert measure([sys.executable, "-c", code], tmp_path, timeout=60).cpu_seconds > alone.cpu_seconds


def test_a_failure_has_its_last_words(tmp_path):
    with pytest.raises(BenchError, match=r"failed \(3\)(?s:.*)alas"):
        measure([sys.executable, "-c", "import sys; print('alas'); sys.exit(3)"], tmp_path, timeout=60)


def test_what_takes_too_long_is_stopped_with_its_children(tmp_path):
    code = f"{FORK}open(f'{{os.getpid()}}.pid', 'w'); time.sleep(60)"
    begin = time.monotonic()
    with pytest.raises(BenchError, match="was stopped after 2 s"):
        measure([sys.executable, "-c", code], tmp_path, timeout=2)
    assert time.monotonic() - begin < 30
    pids = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert len(pids) == 2
    while any(map(alive, pids)):  # the child is killed with its parent, and nobody waits for it
        assert time.monotonic() - begin < 30
        time.sleep(0.05)


def test_a_process_that_is_gone_has_no_memory():
    assert tree_bytes(2**22 + 1) == 0
