"""The citation graph of the book's own papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .load import Catalogue


@dataclass
class Relations:
    """The papers of the book that one paper is related to, by key, sorted."""

    builds_on: list[str] = field(default_factory=list)
    cited_by: list[str] = field(default_factory=list)


def relations(catalogue: Catalogue, cited: Mapping[str, Sequence[str]]) -> dict[str, Relations]:
    """Relate the papers that have a summary.

    Args:
        catalogue: papers and summaries.
        cited: for each summary, by slug, the keys that its text cites.

    Returns:
        For each summarised paper its relations. A paper builds on what its summaries cite
        or name in ``see_also``; the way back is computed here and written nowhere.
    """
    found = {summary.paper: Relations() for summary in catalogue.summaries.values()}
    edges = {
        (summary.paper, key)
        for summary in catalogue.summaries.values()
        for key in (*summary.see_also, *cited.get(summary.slug, ()))
        if key in found and key != summary.paper
    }
    for paper, key in sorted(edges):
        found[paper].builds_on.append(key)
        found[key].cited_by.append(paper)
    return found
