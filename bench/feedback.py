"""``python -m bench.feedback``: what an author waits for, from the command line and in the live preview."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from statistics import median

from tornado.websocket import WebSocketClientConnection, websocket_connect

from exegesis.execution import Store, read_notebook
from exegesis.paths import store_path

from .book import REPOSITORY, Chapter
from .measure import BenchError, machine, measure, tool
from .report import table
from .run import OURS

CHAPTER = "concrete"  # the chapter of this book that is edited
PAUSE = 5  # seconds between two edits in the preview, which makes itself ready for the next meanwhile


class Author:
    """Edits one chapter, each time in another way."""

    def __init__(self, book: Path, page: Path) -> None:
        self.book, self.page = book, page
        self.address = page.relative_to(book).with_suffix(".html").as_posix()
        self._number = itertools.count()

    def edit(self, what: str) -> None:
        """Add a paragraph at the end, or a line to the first cell: before its own, the last of which may be a value."""
        text, number = self.page.read_text("utf-8"), next(self._number)
        if what == "a cell":
            notebook = read_notebook(text)
            assert notebook
            code = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
            text = text.replace(code, f"edited = {number}\n{code}", 1)
        else:
            text += f"\nOne paragraph more, number {number}.\n"
        self.page.write_text(text, "utf-8")

    def last_run(self) -> float:
        """Return how long the chapter ran when it last did, in seconds."""
        return Store(store_path(self.book)).last_seconds()[self.page]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a table; return 1 if a build failed or took too long."""
    arguments = _parser().parse_args(argv)
    # A shell's background jobs have SIGINT ignored, and so would have the previews that are ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    author = _author(arguments.folder, arguments.chapters)
    begin = machine()
    try:
        first = "" if arguments.chapters else _first_build(author.book, arguments.timeout)
        measure(OURS.command, author.book, timeout=arguments.timeout)
        rows = [
            *_command_line(author, arguments.repeat, arguments.timeout),
            *asyncio.run(_preview(author, arguments.repeat, arguments.timeout)),
            *asyncio.run(_preview(author, arguments.repeat, arguments.timeout, author.page.stem)),
        ]
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"\n`python -m bench.feedback --chapters {arguments.chapters} --repeat {arguments.repeat}`, {begin}.")
    print(first, end="")
    print(f"\n{table([['', 'edit of', 'the page is there after', 'of which the chapter ran'], *rows])}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.feedback", description="What an author waits for.")
    parser.add_argument("--chapters", type=int, default=0, help="of a synthetic book; by default this very book")
    parser.add_argument("--repeat", type=int, default=5, help="how often; medians are shown (default: 5)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one build (default: 1800)")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "_build" / "bench", help="where the book is put")
    return parser


def _author(folder: Path, chapters: int) -> Author:
    if chapters:
        book = folder / f"{OURS.name}-{chapters}"
        if not book.exists():  # else the one that the other benchmark has left, built
            OURS.write(book, chapters)
        return Author(book, OURS.chapter(book, Chapter(chapters // 2).slug))
    book = folder / "feedback"
    shutil.rmtree(book, ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split("\0")[:-1]:
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, book / name)
    return Author(book, OURS.chapter(book, CHAPTER))


def _first_build(book: Path, timeout: float) -> str:
    """Build a book of which nothing is there, and compare with what its chapters alone take of the processor."""
    own = measure((tool("exegesis"), "execute"), book, timeout=timeout)
    shutil.rmtree(book / "_build")
    cold = measure(OURS.command, book, timeout=timeout)
    return (
        f"\nCold it takes {cold.seconds:.1f} s and {cold.cpu_seconds:.1f} s of processor time, "
        f"{own.cpu_seconds:.1f} s of them to run its chapters.\n"
    )


def _command_line(author: Author, repeat: int, timeout: float) -> Iterator[list[str]]:
    for what in ("a paragraph", "a cell"):
        seconds, ran = [], []
        for _ in range(repeat):
            author.edit(what)
            seconds.append(measure(OURS.command, author.book, timeout=timeout).seconds)
            ran.append(author.last_run() if what == "a cell" else 0.0)
        yield _row("exegesis build", what, seconds, ran)


async def _preview(author: Author, repeat: int, timeout: float, *slug: str) -> list[list[str]]:
    rows = []
    async with _serving(author.book, timeout, *slug) as host:
        for what in ("a paragraph", "a cell"):
            seconds, ran = [], []
            for _ in range(repeat):
                await asyncio.sleep(PAUSE)
                page = await _open(host, author.address)
                begin = time.perf_counter()
                author.edit(what)
                await _until_stale(page, timeout)
                seconds.append(time.perf_counter() - begin)
                page.close()
                ran.append(author.last_run() if what == "a cell" else 0.0)
            rows.append(_row(" ".join(["exegesis serve", *slug]), what, seconds, ran))
    return rows


async def _until_stale(page: WebSocketClientConnection, timeout: float) -> None:
    try:
        while (told := await asyncio.wait_for(page.read_message(), timeout)) is not None:
            if json.loads(told)["stale"]:
                return
    except TimeoutError:
        raise BenchError(f"the page was not built again in {timeout:g} s") from None
    raise BenchError("the preview ended by itself")


@contextlib.asynccontextmanager
async def _serving(book: Path, timeout: float, *slug: str) -> AsyncIterator[str]:
    """Serve the book, or a chapter alone, and wait until it was built once."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [tool("exegesis"), "serve", *slug, "--port", str(port)]
    server = await asyncio.create_subprocess_exec(*command, cwd=book, stdout=subprocess.PIPE)
    try:
        assert server.stdout
        while not (line := await asyncio.wait_for(server.stdout.readline(), timeout)).startswith(b"built"):
            if not line:
                raise BenchError(f"{' '.join(command)} in {book} ended by itself")
        yield f"127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(signal.SIGINT)
        await server.communicate()


async def _open(host: str, address: str) -> WebSocketClientConnection:
    """Listen as the script in an open page does, and have heard that it is not stale."""
    with urllib.request.urlopen(f"http://{host}/{address}", timeout=30) as answer:
        version = answer.read().decode().rpartition('data-version="')[2].partition('"')[0]
    page = await websocket_connect(f"ws://{host}/_live?page=/{address}&version={version}")
    await page.read_message()
    return page


def _row(how: str, what: str, seconds: Sequence[float], ran: Sequence[float]) -> list[str]:
    own = f"{median(ran):.1f} s" if any(ran) else "not run"
    return [how, what, f"{median(seconds):.2f} s", own]


if __name__ == "__main__":
    sys.exit(main())
