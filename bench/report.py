"""Tables of what was measured, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from .measure import Measured
from .run import BUILDS, Runs

_Value = Callable[[Measured], float]


def pair_table(runs: Sequence[Runs]) -> str:
    """Compare builders on one book: medians, and the median of the ratios of each pair of builds."""
    names = [each.builder for each in runs]
    rows = [["", *names, *(["stock / ours"] if len(runs) == 2 else [])]]
    builds = [build for build in BUILDS if build in runs[0].builds]
    for build in builds:
        rows.append(_row(build, runs, build, _wall, _seconds))
        if build == "assembly":
            rows.insert(-1, _execution(runs))
    for what, value, written in (("processor time", _cpu, _seconds), ("peak memory", _peak, _megabytes)):
        for build in ("cold", "assembly"):
            if build in builds:
                rows.append(_row(f"{build}, {what}", runs, build, value, written))
    return table(rows)


def curve_table(runs: Sequence[Runs]) -> str:
    """Show what assembly costs a chapter at each size, for each builder."""
    rows = [["builder", "chapters", "assembly", "a chapter", "processor time a chapter", "peak memory"]]
    for each in runs:
        seconds, cpu, peak = (_median(each, "assembly", value) for value in (_wall, _cpu, _peak))
        rows.append(
            [
                each.builder,
                f"{each.chapters:,}",
                _seconds(seconds),
                _milliseconds(seconds / each.chapters),
                _milliseconds(cpu / each.chapters),
                _megabytes(peak),
            ]
        )
    return table(rows)


def _wall(one: Measured) -> float:
    return one.seconds


def _cpu(one: Measured) -> float:
    return one.cpu_seconds


def _peak(one: Measured) -> float:
    return one.peak_bytes


def _median(runs: Runs, build: str, value: _Value) -> float:
    return median(value(one) for one in runs.builds[build])


def _row(title: str, runs: Sequence[Runs], build: str, value: _Value, written: Callable[[float], str]) -> list[str]:
    values = [[value(one) for one in each.builds[build]] for each in runs]
    return _compared(title, values, written)


def _execution(runs: Sequence[Runs]) -> list[str]:
    """What is left of a cold build without its assembly."""
    values = [
        [
            cold.seconds - assembly.seconds
            for cold, assembly in zip(each.builds["cold"], each.builds["assembly"], strict=True)
        ]
        for each in runs
    ]
    return _compared("execution (cold less assembly)", values, _seconds)


def _compared(title: str, values: Sequence[Sequence[float]], written: Callable[[float], str]) -> list[str]:
    row = [title, *(written(median(each)) for each in values)]
    if len(values) == 2:
        ratios = [one / other for one, other in zip(*values, strict=True) if other > 0]
        row.append(f"{median(ratios):.1f}" if ratios else "")
    return row


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.0f} ms"


def _megabytes(value: float) -> str:
    return f"{value / 2**20:.0f} MB"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first one is its head."""
    head, *body = rows
    lines: list[Sequence[str]] = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
