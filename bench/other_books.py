"""``python -m bench.other_books``: build other people's books with both commands, and compare page by page.

Each is built from nothing with ``jupyter-book build`` and with ``exegesis build``, in a copy that is at
the same place both times, since a cell may show where it is.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .book import REPOSITORY
from .measure import BenchError, Measured, load, machine, measure, tool
from .pages import Difference, Page, differences, read_site, without
from .report import table

STOCK, OURS, AGAIN = "stock", "ours", "stock again"
_COMMANDS = {STOCK: tool("jupyter-book"), OURS: tool("exegesis"), AGAIN: tool("jupyter-book")}
_SITE = Path("_build", "html")


@dataclass(frozen=True)
class Build:
    """One build of a book."""

    measured: Measured
    pages: dict[str, Page]
    failed: int  # notebooks that did not run to their end


def main(argv: Sequence[str] | None = None) -> int:
    """Build and compare; return 1 if a build failed, or if two pages differ and not by chance."""
    arguments = _parser().parse_args(argv)
    names = [STOCK, OURS, AGAIN] if arguments.twice else [STOCK, OURS]
    begin, rows, found = machine(), [], []
    try:
        for book in arguments.folder:
            builds = {name: build(book.resolve(), name, arguments.work, arguments.timeout) for name in names}
            ours, chance = compare(builds)
            found += ours
            rows.append(row(book.resolve().name, builds, ours, chance))
            print(f"\n{book}: {len(ours)} differences", *map(str, ours), sep="\n")
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"\n{begin} at the beginning and {load()} at the end.\n\n{table([HEAD, *rows])}")
    return int(bool(found))


def build(book: Path, name: str, work: Path, timeout: float) -> Build:
    """Build a copy of a book from nothing; the site is left under the name of the build.

    Raises:
        BenchError: it failed, or took longer than the seconds of ``timeout``.
    """
    copy, kept = work / book.name / "book", work / book.name / name.replace(" ", "-")
    for folder in (copy, kept):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(book, copy, ignore=shutil.ignore_patterns("_build", ".git"))
    measured = measure([_COMMANDS[name], "build", "."], copy, timeout=timeout)
    print(
        f"{book.name}, {name}: {measured.seconds:.1f} s ({measured.cpu_seconds:.1f} s of processor)",
        file=sys.stderr,
        flush=True,
    )
    (copy / _SITE).rename(kept)
    return Build(measured, read_site(kept), sum(1 for _ in (kept / "reports").rglob("*.log")))


def compare(builds: dict[str, Build]) -> tuple[list[Difference], list[Difference]]:
    """Return where ours differs from stock, and where two stock builds differ, if there are two."""
    chance = differences(builds[STOCK].pages, builds[AGAIN].pages) if AGAIN in builds else []
    return without(differences(builds[STOCK].pages, builds[OURS].pages), chance), chance


HEAD = ["book", "pages", "with cells", "cells", "failed", "stock", "ours", "stock / ours", "differences", "by chance"]


def row(name: str, builds: dict[str, Build], found: list[Difference], chance: list[Difference]) -> list[str]:
    """Return a book's row of the table: wall clock and, in parentheses, processor time."""
    stock, ours = builds[STOCK], builds[OURS]
    cells = [len(page.cells) for page in stock.pages.values() if page.cells]
    failed = str(ours.failed) if ours.failed == stock.failed else f"{stock.failed}, {ours.failed}"
    seconds = [f"{each.measured.seconds:.0f} s ({each.measured.cpu_seconds:.0f} s)" for each in (stock, ours)]
    faster = stock.measured.seconds / ours.measured.seconds, stock.measured.cpu_seconds / ours.measured.cpu_seconds
    return [
        name,
        str(len(stock.pages)),
        str(len(cells)),
        str(sum(cells)),
        failed,
        *seconds,
        "{:.1f} ({:.1f})".format(*faster),
        str(len(found)),
        str(len(chance)) if AGAIN in builds else "unknown",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.other_books", description="Build books with both commands; compare.")
    parser.add_argument("folder", type=Path, nargs="+", help="a book: where its _config.yml is")
    parser.add_argument(
        "--twice", action="store_true", help="build with the stock command twice: what differs by chance?"
    )
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one build (default: 900)")
    parser.add_argument(
        "--work",
        type=Path,
        default=REPOSITORY / "_build" / "bench" / "other-books",
        help="where copies and sites are put",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
