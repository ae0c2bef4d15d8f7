"""``python -m bench``: measure the stock command and ours on one synthetic book, and print tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .book import REPOSITORY
from .measure import BenchError, load, machine
from .report import curve_table, pair_table
from .run import OURS, STOCK, Bench


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 if a build failed or took too long."""
    arguments = _parser().parse_args(argv)
    bench = Bench(arguments.folder, arguments.timeout, lambda line: print(line, file=sys.stderr, flush=True))
    size, repeat = arguments.chapters, arguments.repeat
    paired = min(size, arguments.stock_chapters)
    begin = machine()
    parts = []
    try:
        if paired:
            runs = bench.pair([STOCK, OURS], paired, repeat, cold_only=arguments.cold)
            parts.append((f"Both, {paired} chapters", pair_table(runs)))
        if paired != size:
            runs = bench.pair([OURS], size, repeat, cold_only=arguments.cold)
            parts.append((f"Ours alone, {size} chapters", pair_table(runs)))
        if not arguments.cold:
            curve = bench.curve(STOCK, _sizes(paired), paired, repeat) if paired else []
            curve += bench.curve(OURS, _sizes(size), size, repeat)
            parts.append(("Assembly alone, against size", curve_table(curve)))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"\n`{_command(arguments)}`, {begin} at the beginning and {load()} at the end.")
    if paired != size:
        print(f"The stock command was run with {paired} chapters, not with {size}; nothing is extrapolated.")
    for title, table in parts:
        print(f"\n**{title}**\n\n{table}")
    return 0


def _sizes(size: int) -> list[int]:
    """A tenth, a third and all of it."""
    return sorted({max(2, size // 10), max(2, size // 3), size})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Compare 'jupyter-book build' and 'exegesis build'.")
    parser.add_argument("--chapters", type=_count, default=18, help="how large the book is (default: 18)")
    parser.add_argument(
        "--stock-chapters",
        type=_count,
        default=158,
        help="largest book for the stock command, which is slow with large ones; 0 leaves it out (default: 158)",
    )
    parser.add_argument("--repeat", type=_count, default=1, help="how often; medians are shown (default: 1)")
    parser.add_argument("--cold", action="store_true", help="cold builds only")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one build (default: 3600)")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "_build" / "bench", help="where the books are put")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def _command(arguments: argparse.Namespace) -> str:
    return (
        f"python -m bench --chapters {arguments.chapters} --stock-chapters {arguments.stock_chapters} "
        f"--repeat {arguments.repeat}{' --cold' if arguments.cold else ''}"
    )


if __name__ == "__main__":
    sys.exit(main())
