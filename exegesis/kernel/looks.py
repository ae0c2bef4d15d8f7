"""What Python has no audit event for: looks at files, variables that are read, randomness from the system.

Seen in CPython 3.11 to 3.13: `os.stat` and its like are called by these names wherever the standard library
looks at a file, `os.environ` passes each name through its ``encodekey`` or ``decodekey``, and `os.urandom`
is what `uuid` and others take their randomness from; `secrets`, and numpy for a generator without a seed, take it
from the name that `random` has for it, and `random.Random` asks for it in C. So other functions are put
in these places that note, and then do the same; IPython's tracebacks are shown without them.
"""

from __future__ import annotations

import copy
import functools
import os
import random
import stat
import sys
import tempfile
from collections.abc import Callable
from types import TracebackType
from typing import Any

_FILE = sys._getframe().f_code.co_filename
_stat = os.stat
_HARMLESS = (tempfile.__file__, copy.__file__)  # a file's name, and a copy that is given the state of another
ALL = "*"  # instead of a variable's name, where all are gone through
#: Functions of the standard library that want to know what is there, and not its size or time.
_TESTS = {"exists", "lexists", "isfile", "isdir", "islink", "ismount", "is_file", "is_dir", "is_symlink"}
_TESTS |= {"access", "glob", "iglob", "makedirs", "mkdir", "realpath", "resolve", "samefile", "walk", "which"}
#: Functions of the standard library that look at a file for their own sake: at a cell's, for a traceback.
_NOTHING = {"checkcache", "updatecache", "getsourcefile"}


def state(path: str, closely: bool) -> str | None:
    """Return what is there, of a file its size and time too where it is looked at closely; None for nothing."""
    try:
        found = _stat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    if not stat.S_ISREG(found.st_mode):
        return "other"
    return f"file {found.st_size} {found.st_mtime_ns}" if closely else "file"


def is_close(names: set[str]) -> bool | None:
    """Say whether functions of these names look at more than whether a file is there; None if at nothing."""
    if names & _NOTHING:
        return None
    return not names & _TESTS


def watch(looked: Callable[[Any], None], variable: Callable[[str, bool], None], drawn: Callable[[Any], None]) -> None:
    """Call these when a path is looked at, a variable's name is read or set, and the system's randomness is taken."""
    for name in ("stat", "lstat", "access"):
        _stand_in(os, name, looked)
    _stand_in(os, "urandom", drawn)
    _stand_in(random, "_urandom", drawn)
    random.Random.seed = _noting_seed(random.Random.seed, drawn)  # type: ignore[method-assign]
    os.environ.encodekey = _noting(os.environ.encodekey, variable)
    os.environ.decodekey = _noting(os.environ.decodekey, lambda *_: variable(ALL, False))


def hide(shell: Any) -> None:
    """Keep the functions that note out of the tracebacks that IPython shows."""
    shown = shell.InteractiveTB.structured_traceback

    @functools.wraps(shown)
    def without(kind: Any, error: Any, traceback: TracebackType | None = None, *rest: Any, **options: Any) -> Any:
        entry = traceback
        while entry and entry.tb_next:
            if entry.tb_next.tb_frame.f_code.co_filename == _FILE:
                entry.tb_next = entry.tb_next.tb_next
            else:
                entry = entry.tb_next
        return shown(kind, error, traceback, *rest, **options)

    shell.InteractiveTB.structured_traceback = without


def _stand_in(module: Any, name: str, note: Callable[[Any], None]) -> None:
    original = getattr(module, name)

    @functools.wraps(original)
    def noting(*arguments: Any, **options: Any) -> Any:
        note(arguments[0] if arguments else None)
        return original(*arguments, **options)

    setattr(module, name, noting)
    for supported in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
        if original in supported:
            supported.add(noting)


def _noting_seed(seed: Callable[..., None], drawn: Callable[[Any], None]) -> Callable[..., None]:
    @functools.wraps(seed)
    def noting(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and sys._getframe(2).f_code.co_filename not in _HARMLESS:
            drawn(a)
        seed(self, a, version)

    return noting


def _noting(key: Callable[[Any], Any], variable: Callable[[str, bool], None]) -> Callable[[Any], Any]:
    def noting(name: Any) -> Any:
        sets = sys._getframe(1).f_code.co_name in ("__setitem__", "__delitem__")
        variable(os.fsdecode(name) if isinstance(name, str | bytes) else "", sets)
        return key(name)

    return noting
