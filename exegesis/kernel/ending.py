"""How a kernel ends: with its files closed and what it registered done, and soon."""

from __future__ import annotations

import atexit
import io
import sys
from contextlib import suppress
from typing import Any


def leave() -> None:
    """Close what is open, and end a forked kernel. Registered before all else, it comes last.

    Python would take down all that was imported. In a fork that is memory of its own, page by page, for
    what is thrown away: a third of a second with scikit-learn and pandas.
    """
    import ctypes  # not before: a chapter sees what is imported
    import gc

    gc.collect()  # what nobody holds any more may close its file itself
    ours = {id(sys.stdout), id(sys.stderr)}
    for each in gc.get_objects():  # those from before the fork are frozen, and not among them
        if issubclass(type(each), io.IOBase) and id(each) not in ours:  # a proxy might do things for isinstance
            with suppress(Exception):
                each.close()
    ctypes.PyDLL(None).exit(0)  # C libraries have files and handlers too, which os._exit would leave


def load_ipython_extension(shell: Any) -> None:
    """Let the control thread end before the one that publishes.

    ipykernel 7.4 ends them the other way round while the control thread, which has had the request to shut
    down, flushes what is printed: it waits for the other one for 10 s, and the process for it.
    """
    atexit.register(_join, shell.kernel.parent)


def _join(app: Any) -> None:
    thread = app.control_thread
    if thread and thread.is_alive():
        thread.stop()
        thread.join()
