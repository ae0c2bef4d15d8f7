"""The kinds of chapters that do not end, take too much or harm what runs them: a row each, and what is told of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

TIME = "takes longer than 1 s"
DIED = "the kernel died in this cell"
MEMORY = "uses more than 300 MB of memory"
OUTPUT = "outputs are larger than 0.5 MB"
TASKS = "more than 60 processes and threads"
FILES = "File too large|writes more than 20 MB"
SHOWN = "the cell's value can't be shown: "
RAISES = "the cell raises "
WELL = ""  # the notebook runs to its end


@dataclass(frozen=True)
class Runaway:
    """A cell, and what becomes of it."""

    name: str
    code: str
    told: str
    limits: dict[str, Any] = field(default_factory=dict)  # others than those of all

    later: bool = False  # it may be told of the next cell, which can't be run any more

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", dedent(self.code).strip())


_ENDLESS = [
    Runaway("a loop", "while True: pass", TIME),
    Runaway("a long sleep", "import time; time.sleep(600)", TIME),
    Runaway(
        "a loop that catches all",
        """
        import time
        while True:
            try: time.sleep(60)
            except BaseException: pass""",
        TIME,
    ),
    Runaway(
        "a finally that does not end",
        """
        try: 1 / 0
        finally:
            while True: pass""",
        TIME,
    ),
    Runaway(
        "a destructor that does not end",
        """
        class Held:
            def __del__(self):
                while True: pass
        held = Held()
        del held""",
        TIME,
    ),
    Runaway(
        "a destructor at the end that does not end",
        """
        class Held:
            def __del__(self):
                while True: pass
        held = Held()""",
        WELL,
    ),
    Runaway(
        "what is done at the end does not end",
        """
        import atexit
        @atexit.register
        def stay():
            while True: pass""",
        WELL,
    ),
    Runaway(
        "a signal's handler that does not end",
        """
        import signal, time
        def stay(*_):
            while True: pass
        signal.signal(signal.SIGALRM, stay)
        signal.setitimer(signal.ITIMER_REAL, .1)
        time.sleep(60)""",
        TIME,
    ),
    Runaway(
        "signals that are not heard",
        """
        import signal, time
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)
        time.sleep(600)""",
        TIME,
    ),
    Runaway("a regular expression", "import re; re.match('(a+)+$', 'a' * 50 + 'b')", TIME),
    Runaway("a sum in C", "import itertools; sum(itertools.count())", TIME),
    Runaway("a power", "9 ** 9 ** 9 % 10", TIME),
    Runaway("C that lets no thread run", "import ctypes; ctypes.PyDLL(None).sleep(600)", TIME),
    Runaway("a thread that is waited for", "import threading; threading.Event().wait()", TIME),
    Runaway(
        "a repr that does not end",
        """
        class A:
            def __repr__(self):
                while True: pass
        A()
        """,
        TIME,
    ),
    Runaway(
        "a repr of HTML that does not end",
        """
        class A:
            def _repr_html_(self):
                while True: pass
        A()
        """,
        TIME,
    ),
    Runaway(
        "a generator that is shown",
        """
        import itertools
        list(itertools.count())
        """,
        MEMORY,
        {"cell": 60},
    ),
    Runaway(
        "a coroutine",
        """
        import asyncio
        await asyncio.sleep(600)
        """,
        TIME,
    ),
    Runaway(
        "a coroutine that lets no other run",
        """
        async def stay():
            while True: pass
        await stay()
        """,
        TIME,
    ),
    Runaway(
        "a task that is left behind",
        """
        import asyncio
        async def stay():
            while True: await asyncio.sleep(0)
        task = asyncio.create_task(stay())
        """,
        WELL,
    ),
    Runaway(
        "a thread that is left behind",
        """
        import threading
        def stay():
            while True: pass
        threading.Thread(target=stay).start()
        """,
        WELL,
    ),
    Runaway(
        "a tracing function that does not end",
        """
        import sys
        def stay(*_):
            while True: pass
        sys.settrace(stay)
        len('')
        (lambda: 1)()
        """,
        TIME,
    ),
    Runaway(
        "a switch of threads that is put off",
        """
        import sys
        sys.setswitchinterval(1e6)
        while True: pass
        """,
        TIME,
    ),
    Runaway(
        "cells that take long together",
        "import time; time.sleep(600)",
        "the chapter takes longer than 1 s",
        {"seconds": 1, "cell": 60},
    ),
]

_WAITING = [
    Runaway("asks the reader", "input()", "StdinNotImplementedError"),
    Runaway("asks for a password", "import getpass; getpass.getpass()", "StdinNotImplementedError"),
    Runaway("reads what nobody types", "import sys; sys.stdin.read()", WELL),
    Runaway("reads from the terminal", "open('/dev/tty').read()", RAISES),
    Runaway(
        "a FIFO that nobody writes",
        """
        import os, tempfile
        name = tempfile.mkdtemp() + '/fifo'
        os.mkfifo(name)
        open(name)
        """,
        TIME,
    ),
    Runaway(
        "a pipe that nobody writes",
        """
        import os
        os.read(os.pipe()[0], 1)
        """,
        TIME,
    ),
    Runaway(
        "a lock that it has",
        """
        import threading
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
        """,
        TIME,
    ),
    Runaway(
        "a file that another process has locked",
        """
        import fcntl, os, tempfile
        file = tempfile.TemporaryFile()
        fcntl.flock(file, fcntl.LOCK_EX)
        again = open(f"/proc/self/fd/{file.fileno()}")
        fcntl.flock(again, fcntl.LOCK_EX)""",
        TIME,
    ),
    Runaway(
        "a socket that nobody asks",
        """
        import socket
        socket.create_server(('127.0.0.1', 0)).accept()
        """,
        TIME,
    ),
    Runaway(
        "a process that does not end",
        """
        import subprocess
        subprocess.run(['sleep', '600'])
        """,
        TIME,
    ),
    Runaway("a command that does not end", "!sleep 600", TIME),
    Runaway(
        "a script that does not end",
        """
        %%bash
        sleep 600
        """,
        TIME,
    ),
    Runaway("a debugger", "breakpoint()", WELL),
]

_LARGE = {"memory": 2000}
_FLOODS = [
    Runaway("prints without end", "while True: print('x' * 1000)", OUTPUT),
    Runaway("prints one large text", "print('x' * 1_000_000)", OUTPUT),
    Runaway(
        "prints warnings without end",
        """
        import warnings
        warnings.simplefilter('always')
        while True: warnings.warn('x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "logs without end",
        """
        import logging
        while True: logging.warning('x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "writes past Python",
        """
        import os
        while True: os.write(1, b'x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "writes errors past Python",
        """
        import os
        while True: os.write(2, b'x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "writes to the first stdout",
        """
        import sys
        while True: sys.__stdout__.write('x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "C prints",
        """
        import ctypes
        C = ctypes.CDLL(None)
        while True: C.printf(b'x%01000d', 0)
        """,
        OUTPUT,
    ),
    Runaway(
        "C prints, and lets no thread run",
        """
        import ctypes
        C = ctypes.PyDLL(None)
        while True: C.printf(b'x%01000d', 0)
        """,
        TIME,
    ),
    Runaway(
        "a process prints",
        """
        import subprocess
        subprocess.run(['yes'])
        """,
        OUTPUT,
    ),
    Runaway(
        "a process prints errors",
        """
        import subprocess
        subprocess.run('yes >&2', shell=True)
        """,
        OUTPUT,
    ),
    Runaway(
        "a forked process prints",
        """
        import os
        if not os.fork():
            while True: os.write(1, b'x' * 1000)
        os.wait()
        """,
        OUTPUT,
    ),
    Runaway(
        "a process that is left behind prints",
        """
        import subprocess
        subprocess.Popen(['yes'], start_new_session=True)
        import time; time.sleep(60)
        """,
        OUTPUT,
    ),
    Runaway("a command prints", "!yes", OUTPUT),
    Runaway(
        "a script prints",
        """
        %%bash
        yes
        """,
        OUTPUT,
    ),
    Runaway(
        "a thread prints",
        """
        import threading
        def flood():
            while True: print('x' * 1000)
        threading.Thread(target=flood).start()
        import time; time.sleep(60)
        """,
        OUTPUT,
    ),
    Runaway("shows without end", "while True: display('x' * 1000)", OUTPUT),
    Runaway(
        "shows one thing anew without end",
        """
        shown = display('x', display_id=True)
        while True: shown.update('x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "clears and shows without end",
        """
        from IPython.display import clear_output
        while True:
            clear_output()
            print('x' * 1000)
        """,
        OUTPUT,
    ),
    Runaway(
        "clears without end",
        """
        from IPython.display import clear_output
        while True: clear_output()
        """,
        TIME,
    ),
    Runaway(
        "shows large HTML",
        """
        from IPython.display import HTML
        HTML('x' * 30_000_000)
        """,
        OUTPUT,
        _LARGE,
    ),
    Runaway(
        "shows a large picture",
        r"""
        from IPython.display import Image
        Image(data=b'\x89PNG\r\n\x1a\n' + bytes(30_000_000))
        """,
        OUTPUT,
        _LARGE,
    ),
    Runaway("shows a large value", "list(range(10_000_000))", WELL, _LARGE),
    Runaway("shows a large text", "'x' * 30_000_000", OUTPUT, _LARGE),
    Runaway(
        "raises a large error",
        "raise ValueError('x' * 10_000_000)",
        f"{OUTPUT}|{RAISES}ValueError: x+ [.]{{3}}$",
        _LARGE,
    ),
    Runaway(
        "a figure that is too large",
        """
        import matplotlib.pyplot as plt
        plt.figure(figsize=(1000, 1000), dpi=100)
        """,
        "another at each run",
    ),
    Runaway(
        "figures without end",
        """
        import matplotlib.pyplot as plt, numpy as np
        x = np.random.default_rng(0).random((300, 300))
        while True:
            plt.imshow(x)
            plt.show()
        """,
        OUTPUT,
    ),
]

_MEMORY = [
    Runaway(
        "one large array",
        """
        x = bytearray(b'x') * 500_000_000
        import time; time.sleep(60)
        """,
        MEMORY,
    ),
    Runaway(
        "a list that grows",
        """
        x = []
        while True: x.append(bytes(10_000))
        """,
        MEMORY,
    ),
    Runaway(
        "a text that doubles",
        """
        x = 'x'
        while len(x) < 2**29: x += x
        import time; time.sleep(60)
        """,
        MEMORY,
    ),
    Runaway(
        "memory of C",
        """
        import ctypes, time
        C = ctypes.CDLL(None)
        C.malloc.restype = ctypes.c_void_p
        ctypes.memset(C.malloc(500_000_000), 1, 500_000_000)
        time.sleep(60)
        """,
        MEMORY,
    ),
    Runaway(
        "memory that is mapped",
        """
        import mmap, time
        x = mmap.mmap(-1, 500_000_000)
        x.write(b'x' * 1000 * 500_000)
        time.sleep(60)
        """,
        MEMORY,
    ),
    Runaway(
        "memory that is a file",
        """
        import os
        file = os.memfd_create('x')
        while True: os.write(file, bytes(1_000_000))
        """,
        FILES,
    ),
    Runaway(
        "shared memory",
        """
        from multiprocessing.shared_memory import SharedMemory
        x = SharedMemory(create=True, size=500_000_000)
        """,
        FILES,
    ),
    Runaway(
        "memory of a process",
        """
        import subprocess, sys
        subprocess.run([sys.executable, '-c', 'x = bytearray(b"x") * 500_000_000; input()'], stdin=subprocess.PIPE)
        import time
        """,
        MEMORY,
    ),
    Runaway(
        "memory of processes together",
        """
        import os, time
        for _ in range(5):
            if not os.fork():
                x = bytearray(b'x') * 100_000_000
                time.sleep(60)
        time.sleep(60)
        """,
        MEMORY,
    ),
    Runaway(
        "memory of a process in a session of its own",
        """
        import subprocess, sys
        code = 'x = bytearray(b"x") * 500_000_000; import time; time.sleep(60)'
        subprocess.Popen([sys.executable, '-c', code], start_new_session=True)
        import time; time.sleep(60)
        """,
        MEMORY,
    ),
]

_LOTS = {"memory": 20_000, "cell": 20}
_PROCESSES = [
    Runaway(
        "processes without end",
        """
        import os, time
        for _ in range(300):
            if not os.fork(): time.sleep(30); os._exit(0)
        time.sleep(60)
        """,
        TASKS,
        _LOTS,
    ),
    Runaway(
        "processes that double",
        """
        import os, time
        for _ in range(9): os.fork()
        time.sleep(30)
        """,
        TASKS,
        _LOTS,
    ),
    Runaway(
        "processes that double, each in a session of its own",
        """
        import os, time
        for _ in range(9):
            if not os.fork(): os.setsid()
        time.sleep(30)
        """,
        TASKS,
        _LOTS,
    ),
    Runaway(
        "a process that is always another",
        """
        import os, time
        if not os.fork():
            end = time.monotonic() + 20
            while time.monotonic() < end:
                if os.fork(): os._exit(0)
        time.sleep(60)""",
        TIME,
        {"tasks": 10**6},
    ),
    Runaway(
        "a process that is always another, in a session of its own",
        """
        import os, time
        if not os.fork():
            end = time.monotonic() + 20
            while time.monotonic() < end:
                if os.fork(): os._exit(0)
                os.setsid()
        time.sleep(60)""",
        TIME,
        {"tasks": 10**6},
    ),
    Runaway(
        "threads without end",
        """
        import threading, time
        for _ in range(1000): threading.Thread(target=time.sleep, args=(30,)).start()
        time.sleep(30)
        """,
        TASKS,
        _LOTS,
    ),
    Runaway(
        "processes that are left behind",
        """
        import subprocess
        for own in (False, True): subprocess.Popen(['sleep', '600'], start_new_session=own)
        """,
        WELL,
    ),
    Runaway(
        "a server that is left behind",
        """
        import http.server, threading
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), None)
        threading.Thread(target=server.serve_forever).start()
        """,
        WELL,
    ),
    Runaway(
        "a pool that is left behind",
        """
        import multiprocessing
        pool = multiprocessing.get_context('fork').Pool(2)
        """,
        WELL,
    ),
    Runaway(
        "a process that hears no signal",
        """
        import subprocess
        subprocess.Popen('trap "" TERM INT HUP; while :; do sleep 1; done', shell=True, start_new_session=True)
        """,
        WELL,
    ),
    Runaway(
        "a process that is stopped",
        """
        import os, signal, subprocess
        os.kill(subprocess.Popen(['sleep', '600']).pid, signal.SIGSTOP)
        """,
        WELL,
    ),
]

_FILES = [
    Runaway(
        "a large file",
        """
        import tempfile
        with tempfile.NamedTemporaryFile() as file:
            while True: file.write(bytes(1_000_000))
        """,
        FILES,
    ),
    Runaway(
        "a large file that has no name",
        """
        import tempfile
        file = tempfile.TemporaryFile()
        while True: file.write(bytes(1_000_000))
        """,
        FILES,
    ),
    Runaway(
        "a large file beside the chapter",
        """
        with open('large', 'wb') as file:
            while True: file.write(bytes(1_000_000))
        """,
        FILES,
    ),
    Runaway("a file that is longer than it is", "open('sparse', 'wb').truncate(10**12)", FILES),
    Runaway(
        "room that is asked for",
        """
        import os
        os.posix_fallocate(os.open('wide', os.O_RDWR | os.O_CREAT), 0, 10**10)
        """,
        FILES,
    ),
    Runaway(
        "many files",
        """
        import tempfile
        while True:
            with tempfile.NamedTemporaryFile(delete=False) as file: file.write(bytes(1_000_000))
        """,
        FILES,
    ),
    Runaway(
        "a file of a process",
        """
        import subprocess
        subprocess.run('cat /dev/zero > large', shell=True, check=True)
        """,
        FILES + "|CalledProcessError",
    ),
    Runaway(
        "files of processes",
        """
        import subprocess
        n = 0
        while True:
            n += 1
            subprocess.run(f'head -c 5000000 /dev/zero > $TMPDIR/{n}; sleep .1', shell=True)
        """,
        FILES,
        {"cell": 20},
    ),
    Runaway(
        "folders in folders",
        """
        import os, tempfile
        os.chdir(tempfile.mkdtemp())
        for _ in range(1500):
            os.mkdir('x')
            os.chdir('x')
        """,
        WELL,
        {"cell": 20},
    ),
    Runaway(
        "a folder that it leaves",
        """
        import tempfile
        tempfile.mkdtemp()
        open(tempfile.mkstemp()[1], 'w').write('x');
        """,
        WELL,
    ),
    Runaway(
        "a folder that nobody may write",
        """
        import os, tempfile
        name = tempfile.mkdtemp()
        open(name + '/x', 'w').close()
        os.chmod(name, 0)
        """,
        WELL,
    ),
    Runaway(
        "its folder is gone",
        """
        import os, tempfile
        name = tempfile.mkdtemp()
        os.chdir(name)
        os.rmdir(name)
        print(1)
        """,
        WELL,
    ),
    Runaway(
        "the folder for what is temporary is gone",
        """
        import shutil, tempfile
        shutil.rmtree(tempfile.gettempdir())
        print(1)
        """,
        WELL,
    ),
    Runaway(
        "files without end that are open",
        """
        import os
        while True: os.open('/dev/null', 0)
        """,
        RAISES,
    ),
]

_DEEP = [
    Runaway(
        "a recursion",
        """
        def f(): f()
        f()
        """,
        RAISES + "RecursionError",
    ),
    Runaway(
        "a recursion without a limit",
        """
        import sys
        sys.setrecursionlimit(10**9)
        def f(): f()
        f()
        """,
        MEMORY,
    ),
    Runaway(
        "a recursion of C",
        """
        import sys
        sys.setrecursionlimit(10**9)
        x = []
        for _ in range(10**6): x = [x]
        repr(x)
        """,
        DIED,
        {"cell": 20},
    ),
    Runaway("parentheses in parentheses", "eval('(' * 10**5)", RAISES),
    Runaway(
        "a list in a list, shown",
        """
        x = []
        for _ in range(10**5): x = [x]
        x
        """,
        SHOWN + "RecursionError",
    ),
    Runaway(
        "a value that contains itself",
        """
        x = []
        x.append(x)
        x
        """,
        WELL,
    ),
]

_ENDS = [
    Runaway("ends", "import os; os._exit(0)", DIED),
    Runaway("ends, and says so", "import sys; sys.exit(1)", RAISES + "SystemExit"),
    Runaway("exit", "exit()", f"{DIED}|^$"),
    Runaway("a signal that kills", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", DIED),
    Runaway("a signal that ends", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)", DIED),
    Runaway(
        "a signal that interrupts",
        "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(1)",
        RAISES + "KeyboardInterrupt",
    ),
    Runaway("a signal that stops", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", WELL),
    Runaway("a signal to its group", "import os, signal; os.kill(0, signal.SIGKILL)", DIED),
    Runaway(
        "what starts it is stopped",
        "import os, signal, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(.5)",
        WELL,
    ),
    Runaway(
        "what starts all is stopped",
        "import os, psutil; [each.suspend() for each in psutil.Process().parents() if 'warm' in str(each.cmdline())]",
        WELL,
    ),
    Runaway("an address that is not there", "import ctypes; ctypes.string_at(0)", DIED),
    Runaway("abort", "import os; os.abort()", DIED),
    Runaway("another program in its place", "import os; os.execvp('sleep', ['sleep', '600'])", TIME),
    Runaway("an interrupt", "raise KeyboardInterrupt", RAISES + "KeyboardInterrupt"),
    Runaway("an error of the kernel's own kind", "raise BaseException", RAISES + "BaseException"),
]

_BREAKS = [
    Runaway(
        "all files are closed",
        """
        import os
        os.closerange(0, 1000)
        print(1)
        """,
        DIED,
    ),
    Runaway(
        "all files are others",
        """
        import os
        null = os.open('/dev/null', os.O_RDWR)
        for each in range(null): os.dup2(null, each)
        print(1)
        """,
        f"{TIME}|{DIED}",
    ),
    Runaway(
        "the first files are closed",
        """
        import os
        os.closerange(0, 3)
        print(1)
        """,
        WELL,
    ),
    Runaway(
        "the kernel's sockets are closed",
        """
        kernel = get_ipython().kernel
        kernel.shell_stream.close()
        kernel.iopub_socket.close()
        print(1)
        """,
        TIME,
    ),
    Runaway(
        "the kernel's context is ended",
        """
        import zmq
        get_ipython().kernel.shell_stream.socket.context.destroy()
        print(1)
        """,
        f"{TIME}|{DIED}",  # as the kernel's threads happen to find it
    ),
    Runaway(
        "the kernel's session is gone",
        """
        get_ipython().kernel.session = None
        print(1)
        """,
        TIME,
    ),
    Runaway("the kernel is told to end", "get_ipython().kernel.do_shutdown(False)", WELL),
    Runaway(
        "stdout is gone",
        """
        import sys
        sys.stdout = sys.stderr = None
        print(1)
        """,
        TIME,
        later=True,
    ),
    Runaway(
        "stdout is a text",
        """
        import io, sys
        sys.stdout = io.StringIO()
        while True: print('x' * 1000)
        """,
        MEMORY,
        {"cell": 60},
    ),
    Runaway(
        "stdout is closed",
        """
        import sys
        sys.stdout.close()
        print(1)
        """,
        RAISES + "ValueError",
    ),
    Runaway(
        "modules are gone",
        """
        import sys
        sys.modules.clear()
        print(1)
        """,
        TIME,
    ),
    Runaway(
        "builtins are gone",
        """
        import builtins
        for name in ('print', 'len', '__import__', 'isinstance'): delattr(builtins, name)
        """,
        f"{TIME}|{DIED}",
        later=True,
    ),
    Runaway(
        "threads are forgotten",
        """
        import threading
        threading._active.clear()
        print(1)
        """,
        TIME,
    ),
    Runaway(
        "the environment is gone",
        """
        import os
        os.environ.clear()
        print(1)
        """,
        WELL,
    ),
    Runaway(
        "what listens is gone",
        """
        get_ipython().events.callbacks.clear()
        print(1)
        """,
        TIME,
        later=True,
    ),
    Runaway(
        "the event loop is stopped",
        """
        import asyncio
        asyncio.get_event_loop().stop()
        print(1)
        """,
        f"{TIME}|{DIED}",
        later=True,
    ),
    Runaway("what nobody can write", "print('\\ud800')", WELL),
    Runaway(
        "what is no text is shown",
        "display({'text/plain': 5, 'text/html': None}, raw=True)",
        "what the cell gives can't be kept",
    ),
    Runaway("what is no picture is shown", "display({'image/png': 'no picture'}, raw=True)", WELL),
    Runaway(
        "what no message is",
        """
        get_ipython().kernel.iopub_socket.send_multipart([b'x', b'y'])
        print(1)
        """,
        "what the cell gives can't be kept",
    ),
]

RUNAWAYS = [*_ENDLESS, *_WAITING, *_FLOODS, *_MEMORY, *_PROCESSES, *_FILES, *_DEEP, *_ENDS, *_BREAKS]
if sys.platform != "linux":
    RUNAWAYS = []
