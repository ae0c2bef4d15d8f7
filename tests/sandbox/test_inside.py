"""Nothing of the machine is reached from within; what runs there ends; what comes out is files and text."""

import contextlib
import hashlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from exegesis.sandbox import Bounds, inside
from tests.sandbox import hostile

pytestmark = pytest.mark.usefixtures("sandbox")


def digests(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def run_within(folder, code, *arguments, **options):
    """Run a program within; return how it ended, and what it printed."""
    folder.mkdir(exist_ok=True)
    lines = []
    return inside([sys.executable, "-c", code, *arguments], folder, lines.append, **options), lines


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What became of every attempt: outside, where some succeed, and within."""
    folder = tmp_path_factory.mktemp("m")
    with hostile.machine(folder) as planted, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANTED_TOKEN", "secret")
        given = folder / "attempts.json"
        reached = hostile.REACHES | (hostile.REACHED_BY_ROOT if hostile.is_root() else {})
        given.write_text(json.dumps([hostile.TOOLS, reached, planted]), encoding="utf-8")
        command = [sys.executable, "-c", hostile.DRIVER, str(given)]
        outside = hostile.told(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
        book = folder / "copy"
        (book / "book/papers").mkdir(parents=True)
        (book / "book/papers/other.md").write_text("# Other\n", encoding="utf-8")
        (book / "attempts.json").write_text(json.dumps([hostile.TOOLS, hostile.TRIED, planted]), encoding="utf-8")
        before = digests(folder)
        ended, lines = run_within(book, hostile.DRIVER, "attempts.json")
        assert (ended.status, ended.stopped) == (0, "")
        assert psutil.pid_exists(planted["victim"])
        assert digests(folder) == before
    return outside, hostile.told(lines)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="calls without a name are made by their number on x86-64")
@pytest.mark.parametrize("name", hostile.TRIED)
def test_nothing_is_reached(tried, name):
    outside, within = tried
    if name in outside:
        assert outside[name].startswith("GOT"), "the program does not reach it outside of a sandbox either"
    assert within[name].partition(":")[0] in hostile.REFUSALS, within[name]


SLEEP = "import time; time.sleep(600)"
#: What is left behind: it is called with a mark, and writes that it runs.
LEFT = "import sys; open(f'/tmp/{sys.argv[1]}', 'w').close(); " + SLEEP
DEAF = "import signal\nfor n in range(1, 32):\n    if n not in (9, 19): signal.signal(n, signal.SIG_IGN)\n"
#: How; `command` is its command.
LEAVES = {
    "a child": "subprocess.Popen(command)",
    "a session of its own": "subprocess.Popen(command, start_new_session=True)",
    "one that hears no signal": f"command[2] = {DEAF!r} + command[2]; subprocess.Popen(command)",
    "a daemon": (
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.closerange(0, 100)\n"
        "        os.execv(command[0], command)\n"
        "    os._exit(0)"
    ),
}


def left(mark):
    return [process for process in psutil.process_iter(["cmdline"]) if mark in (process.info["cmdline"] or [])]


def running_sandboxes():
    """Return those that this process has among its children; once it adopts orphans, ended ones are children too."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            over = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            if process.name() == "bwrap" and not over:
                found.append(process)
    return found


@pytest.mark.parametrize("kind", LEAVES)
def test_nothing_outlives_its_end(tmp_path, kind):
    mark = f"left-{time.monotonic_ns()}"
    code = (
        f"import os, subprocess, sys, time\ncommand = [sys.executable, '-c', {LEFT!r}, {mark!r}]\n{LEAVES[kind]}\n"
        f"while not os.path.exists('/tmp/{mark}'): time.sleep(.05)"
    )
    ended, _ = run_within(tmp_path / "book", code, bounds=Bounds(seconds=20))
    assert (ended.status, ended.stopped) == (0, "")
    end = time.monotonic() + 5
    while left(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert left(mark) == []


#: Programs that take too much, what they may take, and what is told.
TOO_MUCH = {
    "processes": (
        "import os, time\nfor _ in range(1500):\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n"
        "time.sleep(60)",
        {"tasks": 100},
        "more than 100 processes and threads",
    ),
    "processes that fork": (
        "import os, time\nend = time.monotonic() + 60\nfor _ in range(12):\n    os.fork()\ntime.sleep(60)",
        {"tasks": 100},
        "more than 100 processes and threads",
    ),
    "threads": (
        "import threading, time\n"
        "for _ in range(500): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "time.sleep(60)",
        {"tasks": 100},
        "more than 100 processes and threads",
    ),
    "memory": (
        "import time\na = bytearray(400_000_000)\ntime.sleep(60)",
        {"memory": 200},
        "more than 200 MB of memory",
    ),
    "memory, by many": (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0: a = bytearray(60_000_000); time.sleep(60)\n"
        "time.sleep(60)",
        {"memory": 200},
        "more than 200 MB of memory",
    ),
    "messages": ("while True: print('x' * 10_000)", {"told": 1}, "more than 1 MB of messages"),
    "messages without an end of line": (
        "import sys\nwhile True: sys.stdout.write('x' * 10_000)",
        {"told": 1},
        "more than 1 MB of messages",
    ),
    "time": ("import time\ntime.sleep(60)", {"seconds": 1}, "more than 1 s"),
    "time, with what watches it stopped": (
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)",
        {"seconds": 1},
        "more than 1 s",
    ),
    "memory of the machine": (
        "import time\ntime.sleep(60)",
        {"spare": 100},
        "less than 100 % of this machine's memory",
    ),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_takes_too_much_is_ended(tmp_path, kind):
    code, bounds, why = TOO_MUCH[kind]
    begin = time.monotonic()
    ended, _ = run_within(tmp_path / "book", code, bounds=Bounds(**bounds))
    assert ended.stopped.startswith(why)
    assert not ended.given
    assert time.monotonic() - begin < 20
    while (there := running_sandboxes()) and time.monotonic() - begin < 20:  # what was killed takes a moment to end
        time.sleep(0.02)
    assert there == []


@pytest.mark.parametrize("place", ["/tmp/x", "/dev/shm/x", "/book/_build/x"])
def test_files_have_their_room(tmp_path, place):
    code = f"import os\nf = open({place!r}, 'wb')\nfor _ in range(400): f.write(bytes(1_000_000))"
    ended, lines = run_within(tmp_path / "book", code, bounds=Bounds(files=50))
    assert ended.status == 1
    assert "No space left on device" in lines[-1]


#: Programs that give back what is no plain file; `pipe` is where the archive goes.
GIVES = {
    "a link": "os.symlink('/etc/passwd', 'evil')",
    "a link to a folder": "os.symlink('/etc', 'evil')",
    "a pipe": "os.mkfifo('evil')",
    "a socket": "socket.socket(socket.AF_UNIX).bind('evil')",
}
ARCHIVES = {
    "a file above": "add('../evil', b'x')",
    "a file at a place": "add('/tmp/evil-of-a-chapter', b'x')",
    "a file through a link": "add('a', link='..'); add('a/evil', b'x')",
    "a hard link": "add('evil', link='/etc/passwd', kind=tarfile.LNKTYPE)",
    "a device": "add('evil', kind=tarfile.BLKTYPE)",
    "a sparse file": (
        "m = tarfile.TarInfo('evil'); m.pax_headers = {'GNU.sparse.size': '50000000', 'GNU.sparse.map': '0,0',"
        " 'GNU.sparse.name': 'evil'}\narchive.addfile(m)"
    ),
    "one file twice": "add('./x', b'x'); add('./x', b'y')",
    "no archive": "pipe.write(b'nothing of the kind' * 1000)",
    "half an archive": "pipe.write(tarfile.TarInfo('index.html').tobuf()[:300])",
    "a member longer than the archive": "m = tarfile.TarInfo('index.html'); m.size = 9**9; pipe.write(m.tobuf())",
}


@pytest.mark.parametrize("kind", GIVES)
def test_files_and_folders_alone_come_out(tmp_path, kind):
    code = (
        "import os, socket\nos.makedirs('_build/html')\nos.chdir('_build/html')\nopen('index.html', 'w').write('x')\n"
    )
    ended, _ = run_within(tmp_path / "book", code + GIVES[kind], give="html", into=tmp_path / "out")
    assert ended.given
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["index.html"]


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_that_was_forged_writes_nowhere_else(tmp_path, kind):
    code = (
        "import io, os, sys, tarfile\n"
        "open_there = sorted(map(int, os.listdir(f'/proc/{os.getppid()}/fd')))\n"  # whose number the builder chose
        "pipe = next(f'/proc/{os.getppid()}/fd/{number}' for number in open_there if number > 2)\n"
        "pipe = open(pipe, 'wb')\n"
        "archive = tarfile.open(fileobj=pipe, mode='w|')\n"
        "def add(name, data=b'', link='', kind=None):\n"
        "    member = tarfile.TarInfo(name)\n"
        "    member.size, member.linkname = len(data), link\n"
        "    member.type = kind or (tarfile.SYMTYPE if link else tarfile.REGTYPE)\n"
        "    archive.addfile(member, io.BytesIO(data))\n"
        "add('.', kind=tarfile.DIRTYPE)\n"
        f"{ARCHIVES[kind]}\n"
        f"{'' if 'pipe' in ARCHIVES[kind] else 'archive.close()'}\n"
        "pipe.close()\n"
    )
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()
    before = sorted(tmp_path.rglob("*"))
    ended, lines = run_within(tmp_path / "book", code, give="html", into=out)
    assert ended.status == 0, lines
    kept = {"book", "_build"} | ({"out", "a"} if kind == "a file through a link" else {"out"})
    made = {path for path in tmp_path.rglob("*") if path not in before}
    assert not [path for path in made if not path.is_relative_to(out) and path.name not in kept]
    assert not [path for path in made if path.is_symlink()]
    assert not Path("/tmp/evil-of-a-chapter").exists()
    assert all(path.stat().st_size < 10 for path in made if path.is_file())


def test_what_is_printed_moves_no_terminal(tmp_path):
    code = "print('a\\x1b]52;c;eA==\\x07\\x9b2Jb\\rc'); import sys; print('d\\x1b[8m', file=sys.stderr)"
    errors = []
    _, lines = run_within(tmp_path / "book", code, tell=errors.append)
    assert lines == ["a\ufffd]52;c;eA==\ufffd\ufffd2Jb\ufffdc"]
    assert errors == ["d\ufffd[8m"]


def test_killing_all_ends_the_sandbox_alone(tmp_path):
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as neighbour:
        ended, _ = run_within(tmp_path / "book", "import os; os.kill(-1, 9)")
        assert ended.status not in (0, 1, 2)
        assert neighbour.poll() is None
        neighbour.kill()


def test_a_command_has_what_it_needs(tmp_path):
    code = (
        "import os, sys, exegesis, numpy\n"
        "print(open('page.md').read(), os.environ['GIVEN'], os.listdir(os.path.expanduser('~')), sys.argv[1])\n"
        "os.makedirs('_build/html/sub'); open('_build/html/sub/x', 'w').write('made')\n"
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text("text", encoding="utf-8")
    out = tmp_path / "out"
    given = {"environment": {"GIVEN": "yes"}, "give": "html", "into": out}
    ended, lines = run_within(tmp_path / "book", code, "an argument", **given)
    assert lines == ["text yes [] an argument"]
    assert (ended.status, ended.stopped, ended.given) == (0, "", True)
    assert (out / "sub/x").read_text(encoding="utf-8") == "made"
    assert list((tmp_path / "book/_build").iterdir()) == []


def test_a_command_that_fails_gives_nothing(tmp_path):
    code = "import os; os.makedirs('_build/html'); raise SystemExit(3)"
    ended, _ = run_within(tmp_path / "book", code, give="html", into=tmp_path / "out")
    assert (ended.status, ended.given) == (3, False)
    assert not (tmp_path / "out").exists()
