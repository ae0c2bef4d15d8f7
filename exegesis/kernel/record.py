"""An IPython extension: notes what a chapter reads, and waits for what its C code prints."""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import Any

from exegesis.kernel.descendants import adopt

_EVENTS = {"open", "os.listdir", "os.scandir", "sqlite3.connect"}
_IMPORT_SYSTEM = "<frozen importlib._bootstrap_external>"  # lists folders on its own account
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_ELSEWHERE = tuple(
    {os.path.join(path, "") for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, _OURS, "/proc", "/sys", "/dev")}  # noqa: PTH118
)

_read: dict[str, bool] = {}  # path -> whether it was read before it was written
_there: set[str] = set()  # top-level modules that were there before the first cell


def _note(event: str, args: tuple[Any, ...]) -> None:
    """Note a file or folder that is opened. Python calls this at every audited event: it has to be quick."""
    if event not in _EVENTS or not args or not isinstance(args[0] or ".", str | bytes | os.PathLike):
        return
    if event != "open" and sys._getframe(1).f_code.co_filename == _IMPORT_SYSTEM:
        return
    with contextlib.suppress(OSError, ValueError):
        path = os.path.abspath(os.fsdecode(args[0] or "."))  # noqa: PTH100
        if path not in _read and not path.startswith(_ELSEWHERE):
            flags = args[2] if event == "open" else 0
            _read[path] = not flags & (os.O_WRONLY | os.O_TRUNC)


def report() -> str:
    """Return what was read and imported, as JSON: ``{"files": [paths], "modules": [top-level names]}``."""
    files = {path for path, read in _read.items() if read and "__pycache__" not in path}
    modules = dict(sys.modules)
    files |= {path for path in _files(modules.values()) if not path.startswith(_ELSEWHERE)}
    return json.dumps(
        {
            "files": sorted(files),
            "modules": sorted({name.partition(".")[0] for name in modules} - _there),
        }
    )


def _files(modules: Any) -> Iterator[str]:
    for module in modules:
        path = getattr(module, "__file__", None)
        if isinstance(path, str):
            yield os.path.abspath(path)  # noqa: PTH100


def _drain(*_: object) -> None:
    """Wait until what was written past Python has been read: it belongs to this cell, not to the next."""
    for stream in (sys.stdout, sys.stderr):
        pipe = getattr(stream, "_fid", None)  # ipykernel's, which a thread of its own reads
        while pipe is not None and select.select([pipe], [], [], 0)[0]:
            time.sleep(0.001)
    time.sleep(0.0002)  # that thread has it, and needs a moment to pass it on


def load_ipython_extension(shell: Any) -> None:
    """Begin to note."""
    adopt()
    _there.update(name.partition(".")[0] for name in sys.modules)
    shell.events.register("post_run_cell", _drain)
    sys.addaudithook(_note)
