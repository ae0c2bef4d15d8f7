"""An IPython extension: notes what a chapter depends on beside its code, and waits for what its C code prints."""

from __future__ import annotations

import contextlib
import json
import linecache
import os
import random
import select
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from exegesis.kernel import callers, looks
from exegesis.kernel.callers import CHAPTER, LIBRARY, whose
from exegesis.kernel.descendants import adopt

_READS = {"open", "os.listdir", "os.scandir", "sqlite3.connect", "ctypes.dlopen"}
_STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.forkpty"}
_ASKS = {"socket.connect", "socket.getaddrinfo"}
_EVENTS = {*_READS, *_STARTS, *_ASKS, "import"}
#: They begin interpreters of their own, of which no event tells.
_SPAWNS = {
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.popen_spawn_win32",
    "multiprocessing.popen_forkserver",
    "joblib.externals.loky.backend.popen_loky_posix",
}
_RUN_BY = {looks.ALL, "HOME", "PATH", "TEMP", "TMP", "TMPDIR"}  # what libraries read of these decides nothing
_FRESH = (623, 624)  # where numpy's global generator stands when it was imported, or seeded, and nothing drawn
_PICKLES = os.path.join("numpy", "random", "_pickle.py")  # noqa: PTH118
#: These list folders on their own account.
_IMPORT_SYSTEM = ("<frozen importlib", os.path.join(callers.STANDARD, "importlib"))  # noqa: PTH118
_ELSEWHERE = callers.outside_of_books()
_IN_MEMORY = "/dev/shm/"  # a disk as any other, among what are no files
_SYSTEM = (
    "/usr/",
    "/lib",
    "/bin",
    "/etc/",
    "/memfd:",
    "/SYSV",
    "/anon",
    "/[",
)  # libraries, and no files at all

_read: dict[str, bool] = {}  # path -> whether it was read before it was written
_looked: dict[str, str | None] = {}  # path -> what was there when it was looked at
_variables: dict[str, bool] = {}  # name -> whether it was read before it was set
_programs: set[str] = set()  # that libraries started
_now: dict[tuple[str, str], int] = {}  # what the cell that runs uses: kind, what -> line
_uses: list[tuple[str, str, int, int]] = []  # kind, what, the cell's count, line
_there: set[str] = set()  # top-level modules that were there before the first cell
_held_before: set[str] = set()  # files that were open before the first cell
_own = 0  # this process
_began = 0.0  # when it did
_children = -1  # a file in which forked children tell what they do: the hook is theirs too
_heard = 0  # bytes of it
_loaded = 0  # modules, by then
_drawn: dict[str, object] = {}  # global generator -> its state when it was last looked at


def _tell(kind: str, *what: Any) -> None:
    if os.getpid() == _own:
        _NOTES[kind](*what)
    else:
        os.write(_children, json.dumps([kind, *what]).encode() + b"\n")


def _note_read(path: str, read: bool) -> None:
    _read.setdefault(path, read)


def _note_look(path: str, closely: bool, found: str | None) -> None:
    if _read.get(path, True) and (path not in _looked or closely):
        _looked[path] = found


def _note_variable(name: str, read: bool) -> None:
    _variables.setdefault(name, read)


def _note_use(kind: str, what: str, line: int) -> None:
    _now.setdefault((kind, what), line)


_NOTES: dict[str, Callable[..., None]] = {
    "read": _note_read,
    "look": _note_look,
    "variable": _note_variable,
    "program": _programs.add,
    "use": _note_use,
}


def _is_elsewhere(path: str) -> bool:
    return path.startswith(_ELSEWHERE) and not path.startswith(_IN_MEMORY)


def _path(given: Any) -> str | None:
    """Return a path if it may be the book's or its owner's, and not Python's."""
    if not isinstance(given, str | bytes | os.PathLike):
        return None
    path = os.path.abspath(os.fsdecode(given))  # noqa: PTH100
    return None if _is_elsewhere(path) or "__pycache__" in path else path


def _is_above(path: str) -> bool:
    """Say whether a folder is on the way to where Python or the chapter is: paths are resolved step by step."""
    return any(folder.startswith(os.path.join(path, "")) for folder in (*_ELSEWHERE, os.getcwd()))  # noqa: PTH109, PTH118


def _hear(event: str, args: tuple[Any, ...]) -> None:
    """Note what an event tells. Python calls this at every audited event: it has to be quick."""
    if event not in _EVENTS:
        return
    with contextlib.suppress(OSError, ValueError, IndexError):
        frame = sys._getframe(1)
        if event in _READS:
            flags = args[2] if event == "open" else 0
            theirs = event != "open" and frame.f_code.co_filename.startswith(_IMPORT_SYSTEM)
            theirs = theirs or (event == "ctypes.dlopen" and os.sep not in os.fsdecode(args[0] or ""))  # the system's
            if not theirs and (path := _path(args[0] or ".")):
                _tell("read", path, not flags & (os.O_WRONLY | os.O_TRUNC))
        elif event == "import":
            if args[0] in _SPAWNS:
                _tell("use", "processes", args[0].partition(".")[0], callers.line_of(frame))
        else:
            owner, _ = whose(frame, through=True)
            if event in _STARTS and owner == LIBRARY:
                _tell("program", os.fsdecode(args[0]))
            elif owner == CHAPTER and (what := _command(args) if event in _STARTS else _host(args)):
                _tell("use", "processes" if event in _STARTS else "network", what, callers.line_of(frame))


def _command(args: tuple[Any, ...]) -> str:
    if not args:
        return "in a terminal of its own"
    words = args[1] if len(args) > 1 and isinstance(args[1], list | tuple) else [args[0]]
    text = " ".join(os.fsdecode(word) for word in words if isinstance(word, str | bytes | os.PathLike))
    return text if len(text) < 60 else f"{text[:56]} ..."


def _host(args: tuple[Any, ...]) -> str:
    """Return whom a socket asks; nothing for a socket of this machine."""
    asked = args[1] if not isinstance(args[0], str | bytes) else args[0]  # of connect the socket comes first
    host = asked[0] if isinstance(asked, tuple) else asked
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    return "" if name in ("", "localhost", "::1") or name.startswith(("127.", "/")) or isinstance(asked, int) else name


def _looked_at(given: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        frame = sys._getframe(2)
        owner, _ = whose(frame)
        closely = looks.is_close(set(callers.standard_names(frame)))
        if owner in (CHAPTER, LIBRARY) and closely is not None and (path := _path(given)) and not _is_above(path):
            closely = closely and owner == CHAPTER  # a library's own looks are at what it opens or passes over
            _tell("look", path, closely, looks.state(path, closely))


def _variable(name: str, sets: bool) -> None:
    frame = sys._getframe(2)
    owner, _ = whose(frame if name != looks.ALL else frame.f_back)
    if owner == CHAPTER or (owner == LIBRARY and name not in _RUN_BY):
        _tell("variable", name, not sets)


def _drew(_: object) -> None:
    frame = sys._getframe(2)
    owner, file = whose(frame)
    if _is_seeded_later(frame, file):
        return
    if owner == CHAPTER:
        _tell("use", "randomness", "the system", callers.line_of(frame))
    elif owner == LIBRARY and "joblib" not in file:  # it names temporary files
        package = file.rpartition(f"{os.sep}site-packages{os.sep}")[2].partition(os.sep)[0]
        _tell("use", "randomness", f"the system, by {package}", callers.line_of(frame))


def _is_seeded_later(frame: FrameType | None, file: str) -> bool:
    """Say whether a seed is asked for and not used: by numpy's RandomState, which gets another, or for a pickle."""
    while frame and frame.f_code.co_filename != file:
        frame = frame.f_back
    line = linecache.getline(file, frame.f_lineno, frame.f_globals) if frame else ""
    return file.endswith(_PICKLES) or "RandomState" in line or "pickle" in line


def _look_at_generators(note: bool) -> None:
    """Note which of the global generators a cell has drawn from."""
    global _loaded
    states: dict[str, object] = {"random": hash(random.getstate())}
    numpy_random: Any = sys.modules.get("numpy.random")
    told = numpy_random.get_state(legacy=False)["state"] if hasattr(numpy_random, "get_state") else {}
    if "key" in told:  # else it was given another one by name, and with a seed
        states["numpy"] = told["pos"], bytes(memoryview(told["key"]))
    for name, now in states.items():
        if note and (_drawn[name] != now if name in _drawn else told["pos"] not in _FRESH):
            # The imports of some packages draw from Python's.
            _note_use("generator" if name == "numpy" or len(sys.modules) == _loaded else "import or generator", name, 0)
        _drawn[name] = now
    _loaded = len(sys.modules)


def _held(*, mapped: bool = False) -> set[str]:
    """Return the files that this process holds open, or has in its memory too: C code opens them with no event."""
    found = set()
    with contextlib.suppress(OSError):  # Linux alone tells
        for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208
            with contextlib.suppress(OSError):  # that of the list itself
                found.add(os.readlink(f"/proc/self/fd/{entry}"))  # noqa: PTH115
        if mapped:
            with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:  # noqa: PTH123
                found.update(line[73:].strip() for line in maps)
    found = {path for path in found if path.startswith(os.sep) and not path.startswith(_SYSTEM)}
    return {path for path in found if not _is_elsewhere(path)}


def _note_held(*, mapped: bool = False) -> None:
    """Note the files that are held, but for those of before the first cell, and those that were written since."""
    for path in _held(mapped=mapped) - _held_before:
        with contextlib.suppress(OSError):
            if os.stat(path).st_mtime < _began:  # noqa: PTH116
                _note_read(path, True)


def _hear_children() -> None:
    global _heard
    told = os.pread(_children, os.fstat(_children).st_size - _heard, _heard)
    _heard += len(told)
    for line in told.splitlines():
        kind, *what = json.loads(line)
        _NOTES[kind](*what)


def _begin_cell(*_: object) -> None:
    _look_at_generators(False)
    _now.clear()


def _end_cell(result: Any) -> None:
    _look_at_generators(True)
    _hear_children()
    _note_held()
    if result.execution_count is not None:  # else a frame of a slider, whose cell did the same before
        _uses.extend((*use, result.execution_count, line) for use, line in _now.items())


def report() -> str:
    """Return what was noted, as JSON: see ``exegesis.execution.seen.Seen``."""
    _hear_children()
    _note_held(mapped=True)
    modules = dict(sys.modules)
    files = {path for path, read in _read.items() if read}
    files |= {path for path in _files(modules.values()) if not _is_elsewhere(path)}
    return json.dumps(
        {
            "files": sorted(files),
            "looks": {path: found for path, found in sorted(_looked.items()) if path not in files},
            "modules": sorted({name.partition(".")[0] for name in modules} - _there),
            "variables": sorted(name for name, read in _variables.items() if read),
            "programs": sorted(_programs),
            "uses": _uses,
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


def _show_here_alone() -> None:
    """Let what is written past Python stand in the notebook alone: ipykernel repeats it where the kernel was started.

    There it is counted by nobody, and a terminal acts on what it says.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # there is nothing to repeat
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _forget_start(shell: Any) -> Callable[..., None]:
    """Return what takes back, before the first cell, where IPython looked for scripts to run and found none."""

    def forget(*_: object) -> None:
        shell.events.unregister("pre_run_cell", forget)
        for path in [path for path in _read if not os.path.isfile(path)]:  # noqa: PTH113
            del _read[path]

    return forget


def load_ipython_extension(shell: Any) -> None:
    """Begin to note."""
    global _own, _began, _children
    adopt()
    _own, _began = os.getpid(), time.time()
    with tempfile.TemporaryFile() as file:
        _children = os.dup(file.fileno())
    _there.update(name.partition(".")[0] for name in sys.modules)
    shell.events.register("pre_run_cell", _forget_start(shell))
    shell.events.register("pre_run_cell", _begin_cell)
    shell.events.register("post_run_cell", _end_cell)
    shell.events.register("post_run_cell", _drain)
    _show_here_alone()
    _held_before.update(_held(mapped=True))
    looks.hide(shell)
    looks.watch(_looked_at, _variable, _drew)
    sys.addaudithook(_hear)
