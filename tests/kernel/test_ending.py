"""A kernel ends by itself: what it left open is closed, and its threads do not wait for each other."""

import gzip

import pytest

from exegesis.execution import Store, run_notebooks
from tests.execution.test_run import write

#: Held by a module, which IPython does not forget at the end, as it does a notebook's own names.
OPEN = """\
import types, gzip
held = types.ModuleType("held")
import sys; sys.modules["held"] = held
held.table = open("table.txt", "w")
_ = held.table.write("1 2 3")
held.packed = gzip.open("packed.gz", "wt")
_ = held.packed.write("4 5 6")"""
#: As on a busy machine: what the control thread asks of the one that publishes comes when that one no longer listens.
LATE = """\
import threading
publisher = sys.stdout.pub_thread
schedule = publisher.schedule
def late(work):
    if threading.current_thread().name == "Control":
        publisher.thread.join(0.1)
        if not publisher.thread.is_alive():
            return
    schedule(work)
publisher.schedule = late"""


@pytest.mark.parametrize("forked", [True, False])
@pytest.mark.parametrize("code", [OPEN, f"{OPEN}\n{LATE}"], ids=["open", "late"])
def test_what_a_module_holds_open_is_closed(tmp_path, code, forked):
    with Store(tmp_path / "store", tmp_path) as store:
        (run,) = run_notebooks([write(tmp_path, "x", code)], store, forked=forked)
    assert run.failure is None
    assert (tmp_path / "table.txt").read_text() == "1 2 3"
    assert gzip.decompress((tmp_path / "packed.gz").read_bytes()) == b"4 5 6"
