"""What to read before a chapter, and what after it: from ``needs`` in the front matters, the way back computed."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from exegesis.fault import Fault, Kind

from .model import Paper, Summary

if TYPE_CHECKING:
    from .load import Catalogue


def before(catalogue: Catalogue, summary: Summary) -> list[Summary | Paper]:
    """Return what a chapter needs, in its order: chapters, and papers that have none yet."""
    found: list[Summary | Paper] = []
    for name in summary.needs:
        if chapters := _chapters(catalogue, name):
            found.append(chapters[0])
        elif name in catalogue.papers:
            found.append(catalogue.papers[name])
    return found


def after(catalogue: Catalogue) -> dict[str, list[Summary]]:
    """Return for each chapter, by slug, those that need it; a chapter that none needs is not there."""
    found: dict[str, list[Summary]] = {}
    for _, summary in sorted(catalogue.summaries.items()):
        for needed in before(catalogue, summary):
            if isinstance(needed, Summary):
                found.setdefault(needed.slug, []).append(summary)
    return found


def circles(catalogue: Catalogue, root: Path) -> list[Fault]:
    """Tell of chapters that need each other: none of them could be read first."""
    graph = {
        slug: {each.slug for each in before(catalogue, summary) if isinstance(each, Summary)}
        for slug, summary in catalogue.summaries.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        what = f"'{circle[-1]}' needs {' which needs '.join(repr(slug) for slug in reversed(circle[:-1]))}"
        path = catalogue.summaries[circle[-1]].path.relative_to(root).as_posix()
        return [Fault(path, 1, what, "take one of these out of 'needs'", Kind.CHAPTER.code)]
    return []


def _chapters(catalogue: Catalogue, name: str) -> list[Summary]:
    return [catalogue.summaries[name]] if name in catalogue.summaries else catalogue.summaries_of(name)
