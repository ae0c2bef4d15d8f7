"""What a hostile chapter tries: programs, and the machine that they try it on.

A program has `P`, the places of what was planted, and what stands in `TOOLS`. It prints ``GOT`` and what it reached.
Those of `REACHES` reach it outside of a sandbox, which is tried too: else a slip in one of them would look like a wall.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

#: What each program begins with. Calls that have no name in Python are made by their number on x86-64.
TOOLS = r"""
import atexit, ctypes, glob, os, shutil, signal, socket, stat, subprocess, sys, tempfile, time
C = ctypes.CDLL(None, use_errno=True)
def checked(result):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
def libc(name, *arguments):
    return checked(getattr(C, name)(*arguments))
def call(number, *arguments):
    return checked(C.syscall(ctypes.c_long(number), *arguments))
def got(what):
    print("GOT", str(what)[:200], flush=True)
def read(path):
    with open(path, errors="replace") as file:
        got(file.read(1000))
def write(path, how=os.O_WRONLY | os.O_APPEND):
    os.write(os.open(path, how, 0o600), b"# forged")
    got(path)
def make(path):
    write(path, os.O_WRONLY | os.O_CREAT)
def own(name):
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return os.path.join(folder, name)
def found(what):
    for each in what:
        return got(each)
    raise LookupError("nothing is to be found")
def files(pattern, wanted):
    for path in glob.glob(pattern):
        try:
            with open(path, "rb") as file:
                if wanted.encode() in file.read(100_000):
                    yield path
        except OSError:
            pass
"""

#: Each must reach what it is after outside of a sandbox, and not within.
REACHES = {
    # Reading
    "a key in ~/.ssh": "read(P['home'] + '/.ssh/id_ed25519')",
    "a password in ~/.netrc": "read(P['home'] + '/.netrc')",
    "a token of git": "read(P['home'] + '/.git-credentials')",
    "the settings of this clone": "read(P['git'] + '/config')",
    "a token in the environment": "got(os.environ['PLANTED_TOKEN'])",
    "... of any process": "found(files('/proc/[0-9]*/environ', 'PLANTED_TOKEN='))",
    "what other processes are called with": "found(files('/proc/[0-9]*/cmdline', P['mark']))",
    "a stored result of this book": "read(P['store'])",
    "another's file in /tmp": "read(P['temporary'])",
    "another's file in /dev/shm": "read(P['shared'])",
    "a file through a link of one's own": "link = own('l'); os.symlink(P['home'] + '/.netrc', link); read(link)",
    "a file through the root of a process": "found(files('/proc/[0-9]*/root' + P['home'] + '/.netrc', ''))",
    "a file by a hard link": "link = own('l'); os.link(P['home'] + '/.netrc', link); read(link)",
    "shared memory of System V": "got(libc('shmget', P['segment'], 0, 0))",
    "a key of the session": "got(call(249, b'user', P['mark'].encode(), None, 0))",
    # Writing
    "to the store": "write(P['store'])",
    "a hook of git": "write(P['git'] + '/hooks/post-commit')",
    "to the site": "write(P['site'])",
    "to another chapter": "write(P['chapter'])",
    "to ~/.bashrc": "write(P['home'] + '/.bashrc')",
    "to /tmp": "write(P['temporary'])",
    "to /dev/shm": "write(P['shared'])",
    "to the rights of a chapter": "os.chmod(P['chapter'], 0o777); got('changed')",
    "a chapter away": "a, b = P['chapter'], P['chapter'] + '.old'; os.replace(a, b); os.replace(b, a); got('moved')",
    # Talking
    "by TCP": "socket.create_connection(('127.0.0.1', P['tcp']), 2); got('connected')",
    "by a socket in a folder": "s = socket.socket(socket.AF_UNIX); s.connect(P['unix']); got('connected')",
    "by an abstract socket": "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + P['mark']); got('connected')",
    # Processes
    "a signal to a neighbour": "os.kill(P['victim'], 0); got('it hears')",
    "the priority of a neighbour": "os.setpriority(os.PRIO_PROCESS, P['victim'], 5); got('changed')",
    "another's memory": (
        "child = subprocess.Popen(['sleep', '9'])\n"
        "try:\n"
        "    time.sleep(.1); got(libc('ptrace', 16, child.pid, None, None))\n"
        "finally:\n"
        "    child.kill()"
    ),
    "another's memory, read at once": (
        "class V(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]\n"
        "b = ctypes.create_string_buffer(b'text'); v = V(ctypes.addressof(b), 4); w = V(ctypes.addressof(b), 4)\n"
        "got(libc('process_vm_readv', os.getpid(), ctypes.byref(v), 1, ctypes.byref(w), 1, 0))"
    ),
    "to memory, as a file": (
        "b = ctypes.create_string_buffer(b'text')\n"
        "f = os.open('/proc/self/mem', os.O_RDWR); got(os.pwrite(f, b'next', ctypes.addressof(b)))"
    ),
}
#: As root, outside: what only root reaches there.
REACHED_BY_ROOT = {
    "/etc/shadow": "read('/etc/shadow')",
    "a new user namespace": "got(libc('unshare', 0x10000000))",
    "a new user namespace, by clone": (
        "pid = call(56, 0x10000000 | signal.SIGCHLD, None, None, None, None)\n"
        "if pid == 0: os._exit(0)\n"
        "os.waitpid(pid, 0); got(pid)"
    ),
    "a sandbox of one's own": (
        "r = subprocess.run(['bwrap', '--ro-bind', '/', '/', '--unshare-user', 'true'], capture_output=True)\n"
        "if r.returncode: raise OSError(r.stderr)\n"
        "got('made')"
    ),
    "a device made": "os.mknod(own('d'), stat.S_IFBLK | 0o600, os.makedev(7, 0)); got('made')",
    "the kernel's messages": "b = ctypes.create_string_buffer(100); got(libc('klogctl', 3, b, 100))",
    "the priority of all": "os.nice(-1); got('changed')",
}
#: Not tried outside: it would do harm, or not every machine has it.
ONLY_WITHIN = {
    "a disk": "found(os.open(path, os.O_RDONLY) for path in glob.glob('/dev/[svx]d*') + glob.glob('/dev/nvme*'))",
    "memory as a device": "os.open('/dev/mem', os.O_RDONLY); got('opened')",
    "a device of the processor": "os.open('/dev/cpu/0/msr', os.O_RDWR); got('opened')",
    "the kernel's memory": "read('/proc/kcore')",
    "a file by its handle": (
        "h = ctypes.create_string_buffer(b'\\x08\\0\\0\\0\\x01\\0\\0\\0\\x02\\0\\0\\0\\0\\0\\0\\0', 136)\n"
        "got(libc('open_by_handle_at', os.open('/usr', os.O_RDONLY), h, 0))"
    ),
    "an open folder that was left": (
        "for fd in range(3, 100):\n"
        "    try: got(os.listdir(os.open('..', os.O_RDONLY, dir_fd=fd)))\n"
        "    except OSError: pass\n"
        "raise LookupError"
    ),
    "the machine's name": "socket.sethostname('mine'); got('set')",
    "the clock": "time.clock_settime(time.CLOCK_REALTIME, 0); got('set')",
    "what is done with a crash": "write('/proc/sys/kernel/core_pattern')",
    "the number of namespaces": "write('/proc/sys/user/max_user_namespaces')",
    "a key of the console": "write('/proc/sysrq-trigger')",
    "a process' fate": "write('/proc/self/oom_score_adj')",
    "the interpreter": "write(os.__file__)",
    "a package": "make(sys.prefix + '/lib/evil.pth')",
    "this package": "write(P['package'])",
    "the program that runs": "os.open('/proc/self/exe', os.O_RDWR); got('opened')",
    "the system": "make('/usr/bin/evil')",
    "what every program loads": "make('/etc/ld.so.preload')",
    "the root": "make('/evil')",
    "a chapter, within": "write('/book/book/papers/other.md')",
    "a chapter, mounted anew": "got(libc('mount', b'none', b'/book', None, 32 | 4096, None))",
    "a folder over the book": "got(libc('mount', b'tmpfs', b'/book', b'tmpfs', 0, None))",
    "what lies under the book": "got(libc('umount2', b'/book', 2))",
    "what lies under /": "got(libc('umount2', b'/', 2))",
    "a mount, the new way": "got(call(430, b'tmpfs', 0))",
    "a tree of mounts": "got(call(428, -100, b'/', 1))",
    "rights of a mount": "b = ctypes.create_string_buffer(32); got(call(442, -100, b'/book', 0, b, 32))",
    "another root": "os.chroot('/tmp'); got('changed')",
    "another root, for all": "got(call(155, b'/tmp', b'/tmp'))",
    "a new user namespace, by clone3": (
        "b = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, signal.SIGCHLD); got(call(435, b, 88))"
    ),
    "a new mount namespace": "got(libc('unshare', 0x20000))",
    "the first process' namespaces": "got(libc('setns', os.open('/proc/1/ns/mnt', os.O_RDONLY), 0))",
    "to be root": "os.setresuid(0, 0, 0); got(os.getuid())",
    "to be root in a group": "os.setgroups([0]); got(os.getgroups())",
    "to be root by su": (
        "r = subprocess.run(['su', '-c', 'id'], capture_output=True, text=True)\n"
        "if 'uid=0' not in r.stdout: raise PermissionError(r.stderr)\n"
        "got(r.stdout)"
    ),
    "a capability": (
        "line = next(l for l in open('/proc/self/status') if l.startswith('CapBnd'))\n"
        "if int(line.split()[1], 16): got(line)\n"
        "else: raise PermissionError"
    ),
    "a capability kept": "got(libc('prctl', 47, 2, 21, 0, 0))",
    "another's files": "got(call(438, call(434, 1, 0), 0, 0))",
    "the machine behind a virtual one": "socket.socket(40, socket.SOCK_STREAM); got('opened')",
    "every packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); got('opened')",
    "raw packets": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); got('opened')",
    "the kernel's ciphers": "socket.socket(38, socket.SOCK_SEQPACKET); got('opened')",
    "a name on the network": "got(socket.getaddrinfo('example.org', 80))",
    "an address on the network": "socket.create_connection(('192.0.2.1', 80), 2); got('connected')",
    "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)); got('sent')",
    "calls past the filter": "b = ctypes.create_string_buffer(120); got(call(425, 1, b))",
    "a program for the kernel": "b = ctypes.create_string_buffer(128); got(call(321, 0, b, 128))",
    "the processor's counters": "b = ctypes.create_string_buffer(128); got(call(298, b, 0, -1, -1, 0))",
    "faults of memory": "got(call(323, 0))",
    "a module of the kernel": "got(call(313, os.open('/dev/null', os.O_RDONLY), b'', 0))",
    "the ports of the processor": "got(call(172, 3))",
    "a key of its own": "got(call(248, b'user', b'mine', b'x', 1, ctypes.c_int32(-3)))",
    "typing for whoever started us": (
        "import fcntl\n"
        "for name in ('/dev/tty', '/dev/stdin', '/dev/stdout', '/dev/stderr'):\n"
        "    try: fcntl.ioctl(os.open(name, os.O_RDWR), 0x5412, b'x'); got(name)\n"
        "    except OSError: pass\n"
        "raise LookupError"
    ),
    "a restart": "got(libc('reboot', 0))",
}
TRIED = REACHES | REACHED_BY_ROOT | ONLY_WITHIN
#: How a wall answers. All else, a NameError for one, is a slip of the program.
REFUSALS = {"PermissionError", "FileNotFoundError", "OSError", "ProcessLookupError", "KeyError", "LookupError"}
REFUSALS |= {"ConnectionRefusedError", "gaierror", "TimeoutError"}

#: Runs each program in a fork of its own, and tells of each in a line.
DRIVER = r"""
import contextlib, io, json, os, signal, sys
tools, programs, P = json.load(open(sys.argv[1]))
exec(tools)
for name, program in programs.items():
    inlet, outlet = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        os.dup2(outlet, 1)
        try:
            exec(program)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
        atexit._run_exitfuncs()
        os._exit(0)
    os.close(outlet)
    with open(inlet, errors="replace") as pipe:
        told = pipe.read().strip()
    status = os.waitpid(pid, 0)[1]
    print(json.dumps([name, told or f"status {status}"]), flush=True)
"""


def told(lines: list[str]) -> dict[str, str]:
    """Return what the driver told."""
    return dict(json.loads(line) for line in lines)


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[dict[str, object]]:
    """Plant what a machine has, beside a book, and give the places."""
    mark = f"exegesis-{secrets.token_hex(8)}"
    placed = {
        "store": "book/_build/.jupyter_cache/exegesis/results.db",
        "site": "book/_build/html/index.html",
        "chapter": "book/book/papers/other.md",
        "temporary": "tmp/other.txt",
    }
    others = ["home/.ssh/id_ed25519", "home/.netrc", "home/.git-credentials", "home/.bashrc", "book/.git/config"]
    for name in (*placed.values(), *others, "book/.git/hooks/post-commit"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"planted {mark}", encoding="utf-8")
    shared = Path("/dev/shm", mark)
    shared.write_text("planted", encoding="utf-8")
    libc = ctypes.CDLL(None)
    key = secrets.randbelow(2**30) + 1
    segment = libc.shmget(key, 4096, 0o1600)
    libc.syscall(248, b"user", mark.encode(), b"planted", 7, ctypes.c_int32(-3))  # add_key, to the session's keys
    with contextlib.ExitStack() as held:
        ports = [held.enter_context(_listening(*address)) for address in _addresses(folder, mark)]
        victim = held.enter_context(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark]))
        held.callback(victim.kill)
        held.callback(shared.unlink, missing_ok=True)
        held.callback(libc.shmctl, segment, 0, None)
        yield {
            **{name: str(folder / place) for name, place in placed.items()},
            "home": str(folder / "home"),
            "git": str(folder / "book/.git"),
            "shared": str(shared),
            "segment": key,
            "tcp": ports[0],
            "unix": str(folder / "s"),
            "mark": mark,
            "victim": victim.pid,
            "package": str(Path(__file__).parents[2] / "exegesis/__init__.py"),
        }


def _addresses(folder: Path, mark: str) -> list[tuple[int, object]]:
    return [(socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(folder / "s")), (socket.AF_UNIX, f"\0{mark}")]


@contextlib.contextmanager
def _listening(family: int, address: object) -> Iterator[int]:
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        threading.Thread(target=_answer, args=(server,), daemon=True).start()
        try:
            yield server.getsockname()[1] if family == socket.AF_INET else 0
        finally:
            server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            server.accept()[0].close()


def is_root() -> bool:
    """Say whether these tests run as root."""
    return os.geteuid() == 0
