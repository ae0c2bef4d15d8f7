"""The chapter as it is: it runs to its end and all its claims hold, before anything is doubted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from exegesis.catalogue import CheckError
from exegesis.doubt.book import Book, DoubtError
from exegesis.doubt.process import LostError, Process
from exegesis.doubt.subject import Chapter, notices


@contextmanager
def begin(
    book: Book, chapter: Chapter, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Process, dict[str, Any]]]:
    """Run a chapter unchanged, in a process that is then asked to try things.

    Args:
        book: where it is.
        chapter: which.
        environment: instead of the one that its kernels have; then nobody minds what does not hold.

    Raises:
        DoubtError: it does not run to its end, or a claim does not hold.
    """
    try:
        with Process("exegesis.doubt.worker", chapter.path.parent, environment or book.environment) as process:
            cells = [[cell.source, cell.claim] for cell in chapter.cells]
            process.send({"cells": cells, "at_once": book.at_once, "memory": book.memory})
            first = process.receive()
            if environment is None:
                _expect_all_to_hold(chapter, first)
            yield process, first
    except LostError:
        raise DoubtError("the process that runs its cells ended; does 'exegesis build' run it?") from None


def _expect_all_to_hold(chapter: Chapter, first: dict[str, Any]) -> None:
    if first["error"]:
        raise DoubtError(f"it does not run to its end: {first['error']}")
    for name, claim in chapter.claims.items():
        try:
            if notices(claim, first["values"].get(name, "None")):
                raise DoubtError(f"claim '{name}' does not hold before anything is changed; build the chapter first")
        except CheckError as error:
            raise DoubtError(f"claim '{name}': {error}") from None
