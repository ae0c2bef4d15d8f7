"""The whole catalogue of a book, loaded and validated in one go."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from exegesis.fault import Fault, Kind

from .bibliography import Bibliography, read_bibliography
from .frontmatter import read_summary
from .model import Layout, Paper, Summary


@dataclass
class Catalogue:
    """Everything that is known before a chapter runs."""

    papers: dict[str, Paper] = field(default_factory=dict)  # by key
    summaries: dict[str, Summary] = field(default_factory=dict)  # by slug
    keywords: dict[str, str] = field(default_factory=dict)  # keyword: what it means
    bibliography: Bibliography = field(default_factory=Bibliography)
    faults: list[Fault] = field(default_factory=list)

    @functools.cached_property
    def _by_paper(self) -> dict[str, list[Summary]]:
        found: dict[str, list[Summary]] = {}
        for summary in self.summaries.values():
            found.setdefault(summary.paper, []).append(summary)
        return found

    def summaries_of(self, paper: str) -> list[Summary]:
        """Return the summaries of a paper, by slug. Ask when the catalogue is whole."""
        return self._by_paper.get(paper, [])


def load_catalogue(root: Path, layout: Layout = Layout()) -> Catalogue:
    """Read references.bib, the keyword list and every chapter's front matter.

    Args:
        root: the book's root, where ``_config.yml`` is.
        layout: where things are under it.

    Returns:
        The catalogue, with the faults of all files, sorted. Records with faults are left out, and summaries of
        their papers. Of a book without papers it has only what may be cited.
    """
    catalogue = Catalogue()
    if not layout.has_papers(root):
        if (root / layout.bibliography).is_file():
            catalogue.bibliography = read_bibliography(root, layout)
            catalogue.faults = sorted(catalogue.bibliography.unread)
        return catalogue
    catalogue.bibliography = bibliography = read_bibliography(root, layout)
    catalogue.papers = bibliography.papers
    catalogue.keywords, faults = _read_keywords(root / layout.keywords, layout.keywords)
    catalogue.faults += bibliography.faults + faults
    slugs: dict[str, str] = {}
    for path in sorted((root / layout.papers).rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if path.stem in slugs:
            what = f"the slug '{path.stem}' is that of {slugs[path.stem]} too"
            catalogue.faults.append(Fault(name, 1, what, "rename one of the two files", Kind.CHAPTER.code))
            continue
        slugs[path.stem] = name
        summary, faults = read_summary(path, name, bibliography.keys, catalogue.keywords, layout)
        catalogue.faults += faults
        if summary and summary.paper in catalogue.papers:
            known = tuple(key for key in summary.see_also if key in catalogue.papers)
            catalogue.summaries[summary.slug] = replace(summary, see_also=known)
    catalogue.faults.sort()
    return catalogue


def _read_keywords(path: Path, name: str) -> tuple[dict[str, str], list[Fault]]:
    def fault(line: int, what: str, mend: str) -> tuple[dict[str, str], list[Fault]]:
        return {}, [Fault(name, line, what, mend, Kind.KEYWORDS.code)]

    try:
        keywords = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return fault(1, "the file is missing", "the closed list of keywords stands there; restore it")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return fault(mark.line + 1 if mark else 1, "no YAML", "write 'keyword: what it means' lines")
    if not isinstance(keywords, dict) or not all(isinstance(v, str) for kv in keywords.items() for v in kv):
        return fault(1, "no list of keywords", "write one 'keyword: what it means' a line")
    return keywords, []
