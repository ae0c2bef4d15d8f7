"""``python -m bench.soak``: minutes of edits, breaks, mends, kills and builds at once; then nothing may be wrong.

A small synthetic book is served while it is edited at random, by a seed that is told. In between it is built by the
command, by two at once, and by builds that are killed. At the end the book is mended, and must be what a clean build
of the same files gives, in another folder; the preview must have no more memory than after a quarter of the time,
and no process may be left.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import psutil

from .book import Chapter
from .measure import BenchError, machine, tool, tree_bytes
from .run import OURS

MARK = "EXEGESIS_SOAK"  # the variable by which the processes of a soak are known
GROWTH = 1.25  # how much more memory the preview may have in the last quarter than in the second
#: What is done to a page, and what a build has to say of it: each is a fault of its own kind.
BREAKS: dict[str, Callable[[str], str]] = {
    "a cell that fails": lambda text: text + "\n```{code-cell} python\nundefined_name\n```\n",
    "a citation of nothing": lambda text: text + "\nAs {cite:t}`nobody1900nothing` says.\n",
    "a fence that is not closed": lambda text: text + "\n```{note}\nand so on\n",
    "a claim that does not hold": lambda text: text.replace(":check: = 0.50", ":check: = 0.75"),
    "a front matter that is no YAML": lambda text: text.replace("keywords: [", "keywords: [[", 1),
    "a link to nowhere": lambda text: text + "\nSee [](nowhere.md).\n",
    "characters of another encoding": lambda text: text + "\n\udce4\n",
}


class Soak:
    """A book that is edited, and what it should be at each moment."""

    def __init__(self, book: Path, chapters: int, dice: random.Random, seconds: float) -> None:
        self.book, self.dice, self.end = book, dice, time.monotonic() + seconds
        self.pages = [OURS.chapter(book, Chapter(number).slug) for number in range(chapters)]
        self.good = {page: page.read_text("utf-8") for page in self.pages}
        self.broken: dict[Path, str] = {}
        self.done: Counter[str] = Counter()
        self.memory: list[int] = []

    def run(self, server: int) -> None:
        """Do one thing after the other until the time is over, and mend the book."""
        actions = [self.edit, self.edit, self.shatter, self.mend, self.build, self.both, self.kill, self.wait]
        while time.monotonic() < self.end:
            self.dice.choice(actions)()
            self.memory.append(tree_bytes(server))
        while self.broken:
            self.mend()

    def edit(self) -> None:
        """Add a paragraph to a page, or change its first cell."""
        page = self.dice.choice(self.pages)
        number = self.dice.randrange(10**6)
        if self.dice.random() < 0.5:
            text = self.good[page] + f"\nOne paragraph more, number {number}.\n"
        else:
            text = self.good[page].replace(
                "```{code-cell} python\n", f"```{{code-cell}} python\nedited = {number}\n", 1
            )
        self.good[page] = text
        if page not in self.broken:
            page.write_text(text, "utf-8")
        self.done["edits"] += 1

    def shatter(self) -> None:
        """Break a page that is whole."""
        if whole := [page for page in self.pages if page not in self.broken]:
            page, name = self.dice.choice(whole), self.dice.choice(list(BREAKS))
            page.write_text(BREAKS[name](self.good[page]), "utf-8", errors="surrogateescape")
            self.broken[page] = name
            self.done["breaks"] += 1

    def mend(self) -> None:
        """Write a broken page as it should be."""
        if self.broken:
            page = self.dice.choice(list(self.broken))
            page.write_text(self.good[page], "utf-8")
            del self.broken[page]
            self.done["mends"] += 1

    def build(self) -> None:
        """Build the book; it has to say whether anything is broken."""
        self._judge(*self._started(1))
        self.done["builds"] += 1

    def both(self) -> None:
        """Build the book twice at once, beside the preview."""
        self._judge(*self._started(2))
        self.done["builds at once"] += 2

    def kill(self) -> None:
        """Begin to build, and kill it at any moment, with no chance to clean up."""
        (build,) = self._started(1)
        with contextlib.suppress(subprocess.TimeoutExpired):
            build.communicate(timeout=self.dice.uniform(0.1, 6))
        with contextlib.suppress(ProcessLookupError):  # it was quicker
            os.killpg(build.pid, signal.SIGKILL)
        build.communicate()
        self.done["kills"] += 1

    def wait(self) -> None:
        """Leave the preview some time."""
        time.sleep(self.dice.uniform(0, 4))

    def _started(self, number: int) -> list[subprocess.Popen[bytes]]:
        pipe = subprocess.PIPE
        return [
            subprocess.Popen(OURS.command, cwd=self.book, stdout=pipe, stderr=pipe, start_new_session=True)
            for _ in range(number)
        ]

    def _judge(self, *builds: subprocess.Popen[bytes]) -> None:
        expected = 1 if self.broken else 0
        for build in builds:
            try:
                _, told = build.communicate(timeout=600)
            except subprocess.TimeoutExpired:
                os.killpg(build.pid, signal.SIGKILL)
                raise BenchError("a build did not end within ten minutes") from None
            words = told.decode(errors="replace")
            if build.returncode != expected or "Traceback" in words:
                state = ", ".join(f"{name} in {page.name}" for page, name in self.broken.items()) or "nothing"
                raise BenchError(f"broken was {state}, and a build ended with {build.returncode}:\n{words[-3000:]}")


@contextlib.contextmanager
def _serving(book: Path, log: Path) -> Iterator[int]:
    """Serve the book, and let it be ended as an author ends it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    with log.open("wb") as said:
        server = subprocess.Popen([tool("exegesis"), "serve", "--port", port], cwd=book, stdout=said, stderr=said)
        try:
            limit = time.monotonic() + 300
            while b"built" not in log.read_bytes():
                if server.poll() is not None or time.monotonic() > limit:
                    raise BenchError(f"the preview did not begin:\n{log.read_text(errors='replace')[-3000:]}")
                time.sleep(0.2)
            yield server.pid
            if server.poll() is not None:
                raise BenchError(f"the preview ended by itself:\n{log.read_text(errors='replace')[-3000:]}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.send_signal(signal.SIGINT)
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                raise BenchError("the preview did not end within a minute of Ctrl-C") from None


def _left(mark: str) -> list[str]:
    """Return the processes that have the mark in their environment, but for this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(f"{process.pid} {' '.join(process.cmdline())[:100]}")
    return found


def _digests(site: Path) -> dict[str, str]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def _differences(book: Path, clean: Path) -> list[str]:
    """Build the same files from nothing, elsewhere, and return what the two sites differ in."""
    shutil.copytree(book, clean, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    for folder in (book, clean):
        done = subprocess.run(OURS.command, cwd=folder, capture_output=True, text=True, timeout=900)
        if done.returncode:
            raise BenchError(f"the mended book does not build in {folder}:\n{done.stderr[-3000:]}")
    ours, theirs = _digests(book / "_build/html"), _digests(clean / "_build/html")
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def main(argv: Sequence[str] | None = None) -> int:
    """Soak, and say what came of it; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5, help="how long (default: 5)")
    parser.add_argument("--seed", type=int, default=None, help="of what is done; another one each time by default")
    parser.add_argument("--chapters", type=int, default=4, help="of the synthetic book (default: 4)")
    arguments = parser.parse_args(argv)
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"{machine()}; again: python -m bench.soak --minutes {arguments.minutes:g} --seed {seed}", flush=True)
    mark = os.environ[MARK] = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        book, log = OURS.write(Path(name, "book"), arguments.chapters), Path(name, "preview.log")
        try:
            with _serving(book, log) as server:
                soak = Soak(book, arguments.chapters, random.Random(seed), 60 * arguments.minutes)
                soak.run(server)
            print(", ".join(f"{number} {what}" for what, number in sorted(soak.done.items())))
            wrong = [f"the sites differ in {name}" for name in _differences(book, Path(name, "clean"))]
        except BenchError as error:
            wrong = [str(error)]
            soak = None
        if soak and len(soak.memory) >= 8:
            quarter = len(soak.memory) // 4
            early, late = min(soak.memory[quarter : 2 * quarter]), min(soak.memory[-quarter:])  # while it has no work
            print(f"the preview's memory: {early / 2**20:.0f} MB in the second quarter, {late / 2**20:.0f} in the last")
            wrong += [f"that is {late / early:.2f} times as much"] if late > GROWTH * early else []
        if b"Traceback" in log.read_bytes():
            wrong.append(f"the preview told a traceback:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(2)  # what was killed is let go of
        wrong += [f"a process is left: {process}" for process in _left(mark)]
    print("\n".join(wrong) or "the site is what a clean build gives, and nothing is left")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
