"""The walls: what is seen from within, as bubblewrap's arguments.

Nothing of the machine can be written. What is to be kept comes out through a pipe (see ``inside``).
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import exegesis

from .calls import LIBRARY, write_filter

#: Where the book stands within, whatever its place outside is.
BOOK = Path("/book")
#: Where it is built: in memory, and gone at the end.
BUILD = BOOK / "_build"
_NOBODY = "65534"
#: Programs and libraries of the system; of /etc only what these need to be found.
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
)
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp/home",
    "USER": "nobody",
    "LOGNAME": "nobody",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONPATH": str(Path(exegesis.__file__).parent.parent),  # where only the package is to be seen
    "PYTHONDONTWRITEBYTECODE": "1",
}
_MB = 1_000_000


class NoSandboxError(Exception):
    """There is no sandbox to be had here; the message says why, and what would give one."""


@functools.cache
def find() -> str:
    """Return bubblewrap's command, tried with all that is asked of it.

    Raises:
        NoSandboxError: it can't be used here.
    """
    if sys.platform != "linux":
        raise NoSandboxError(f"a sandbox needs Linux's namespaces, and this is {sys.platform}")
    command = shutil.which("bwrap")
    if command is None:
        raise NoSandboxError("there is no bubblewrap here; install it ('apt-get install bubblewrap')")
    with tempfile.TemporaryDirectory() as empty:
        try:
            tried = start([command, *walls(Path(empty), 1), "--", "/usr/bin/env", "true"], stderr=subprocess.PIPE)
        except OSError as error:
            raise NoSandboxError(f"{LIBRARY} is needed ({error}); install it ('apt-get install libseccomp2')") from None
        _, told = tried.communicate()
    if tried.returncode:
        why = told.decode(errors="replace").strip().rpartition("\n")[2] or f"it ended with {tried.returncode}"
        raise NoSandboxError(
            f"bubblewrap can't make a sandbox here ({why}); it needs user namespaces, which the system or the container"
            " that this runs in may forbid, and version 0.8 or newer"
        )
    return command


def walls(book: Path, memory: float, environment: dict[str, str] | None = None) -> list[str]:
    """Return bubblewrap's arguments before the command.

    Args:
        book: the folder that is to be seen as `BOOK`; it is made to have a folder for the build.
        memory: MB that files in the build's folder may take, which are in memory.
        environment: variables beside the few that every command gets.
    """
    (book / BUILD.name).mkdir(exist_ok=True)
    given = [
        *("--unshare-all", "--unshare-user", "--disable-userns"),  # no network; nobody else's processes
        *("--uid", _NOBODY, "--gid", _NOBODY, "--cap-drop", "ALL"),  # root, too, is nobody there
        *("--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"),
    ]
    for name, value in {**_ENVIRONMENT, **(environment or {})}.items():
        given += ["--setenv", name, value]
    for place in _SYSTEM:
        given += ["--ro-bind-try", place, place]
    # What root may do in /proc without any capability, such as /proc/scsi, nobody may who was root outside.
    given += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
    given += ["--size", str(64 * _MB), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    given += ["--size", str(256 * _MB), "--tmpfs", "/tmp", "--dir", "/tmp/home"]
    for folder in _python():
        given += ["--ro-bind", str(folder), str(folder)]
    given += ["--ro-bind", str(book), str(BOOK)]
    given += ["--size", str(int(memory * _MB)), "--tmpfs", str(BUILD), "--chdir", str(BOOK)]
    return [*given, "--remount-ro", "/"]


def _python() -> list[Path]:
    """Return the folders of this interpreter, of its libraries and of this package, and nothing around them."""
    folders = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)}
    folders |= {folder.resolve() for folder in folders} | {Path(sys.executable).resolve().parent.parent}
    libraries = {Path(name) for name in sys.path if Path(name).name in ("site-packages", "dist-packages")}
    wanted = sorted(folder for folder in folders | libraries | {Path(exegesis.__file__).parent} if folder.is_dir())
    found: list[Path] = []
    for folder in wanted:
        if not any(folder.is_relative_to(each) for each in (*found, *map(Path, _SYSTEM))):
            found.append(folder)
    return found


def start(
    command: Sequence[str],
    *,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    passed: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start bubblewrap, under the filter of system calls, with nothing of this process's but some open files.

    Its own environment is empty: it can be read from within.

    Raises:
        OSError: there is no libseccomp.
    """
    with tempfile.TemporaryFile() as program:
        write_filter(program.fileno())
        program.seek(0)
        bwrap, *rest = command
        return subprocess.Popen(
            [bwrap, "--seccomp", str(program.fileno()), *rest],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=[program.fileno(), *passed],
            cwd=os.sep,
            env={},
        )
