"""The builds that are compared: cold, from stored results, unchanged, one paragraph, one cell."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .book import Chapter, write_ours, write_stock
from .measure import Measured, measure, tool

#: In the order in which they are run, each after the one before.
BUILDS = ("cold", "assembly", "unchanged", "one paragraph", "one cell")
RESULTS = Path("_build", ".jupyter_cache")  # where both keep what the chapters gave

Say = Callable[[str], None]


@dataclass(frozen=True)
class Builder:
    """One of the two ways to build the book."""

    name: str
    write: Callable[[Path, int], Path]
    command: tuple[str, ...]
    chapter: Callable[[Path, str], Path]  # where a chapter is


STOCK = Builder("stock", write_stock, (tool("jupyter-book"), "build", "."), lambda folder, slug: folder / f"{slug}.md")
OURS = Builder(
    "ours", write_ours, (tool("exegesis"), "build"), lambda folder, slug: folder / "book/papers" / f"{slug}.md"
)


@dataclass
class Runs:
    """What was measured of one builder at one size: for each build its repetitions."""

    builder: str
    chapters: int
    builds: dict[str, list[Measured]] = field(default_factory=dict)

    def add(self, build: str, measured: Measured) -> None:
        self.builds.setdefault(build, []).append(measured)


@dataclass(frozen=True)
class Bench:
    """Where and how to measure."""

    folder: Path
    timeout: float  # seconds for one build
    say: Say

    def pair(self, builders: list[Builder], chapters: int, repeat: int, *, cold_only: bool = False) -> list[Runs]:
        """Measure builders on the same book, turn about, so that what else the machine does meets all of them."""
        runs = {builder.name: Runs(builder.name, chapters) for builder in builders}
        for repetition in range(repeat):
            for builder in builders if repetition % 2 == 0 else reversed(builders):
                self._builds(builder, runs[builder.name], repetition, cold_only)
        return list(runs.values())

    def _builds(self, builder: Builder, runs: Runs, repetition: int, cold_only: bool) -> None:
        book = self._book(builder, runs.chapters)
        edited = builder.chapter(book, Chapter(runs.chapters // 2).slug)
        self._build(builder, book, runs, "cold")
        if cold_only:
            return
        _keep_results_only(book)
        self._build(builder, book, runs, "assembly")
        self._build(builder, book, runs, "unchanged")
        edited.write_text(edited.read_text("utf-8") + f"\nOne paragraph more, number {repetition}.\n", "utf-8")
        self._build(builder, book, runs, "one paragraph")
        edited.write_text(edited.read_text("utf-8").replace("default_rng(", "default_rng(7"), "utf-8")
        self._build(builder, book, runs, "one cell")

    def curve(self, builder: Builder, sizes: list[int], results_of: int, repeat: int) -> list[Runs]:
        """Measure assembly alone at several sizes, with the results of a book that was built before.

        Smaller books have the first chapters of the larger one, and so its results.
        """
        results = self._place(builder, results_of) / RESULTS
        found = []
        for chapters in sizes:
            runs = Runs(builder.name, chapters)
            for _ in range(repeat):
                book = self._book(builder, chapters, at=self.folder / f"{builder.name}-curve")
                shutil.copytree(results, book / RESULTS)
                self._build(builder, book, runs, "assembly")
            found.append(runs)
        return found

    def _place(self, builder: Builder, chapters: int) -> Path:
        return self.folder / f"{builder.name}-{chapters}"

    def _book(self, builder: Builder, chapters: int, at: Path | None = None) -> Path:
        at = at or self._place(builder, chapters)
        shutil.rmtree(at, ignore_errors=True)
        return builder.write(at, chapters)

    def _build(self, builder: Builder, book: Path, runs: Runs, build: str) -> None:
        measured = measure(builder.command, book, timeout=self.timeout)
        runs.add(build, measured)
        self.say(
            f"{builder.name:>5}, {runs.chapters} chapters, {build}: {measured.seconds:.1f} s "
            f"({measured.cpu_seconds:.1f} s of processor, {measured.peak_bytes / 2**20:.0f} MB)"
        )


def _keep_results_only(book: Path) -> None:
    """Take away all that was built but the chapters' results."""
    kept = book / "results"
    (book / RESULTS).rename(kept)
    shutil.rmtree(book / "_build")
    (book / RESULTS).parent.mkdir()
    kept.rename(book / RESULTS)
