"""The whole catalogue of a book, loaded and validated in one go."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from exegesis.dates import Days
from exegesis.fault import Fault, Kind
from exegesis.text import UnreadableError, compose_yaml, load_yaml, read_text

from .bibliography import Bibliography, read_bibliography
from .frontmatter import NOTEBOOK, read_summary
from .model import Layout, Paper, Summary
from .needs import after, circles

#: How a chapter's file ends.
SUFFIXES = (".md", NOTEBOOK)
_TEXT = "tag:yaml.org,2002:str"


@dataclass
class Catalogue:
    """Everything that is known before a chapter runs."""

    papers: dict[str, Paper] = field(default_factory=dict)  # by key
    summaries: dict[str, Summary] = field(default_factory=dict)  # by slug
    keywords: dict[str, str] = field(default_factory=dict)  # keyword: what it means
    bibliography: Bibliography = field(default_factory=Bibliography)
    faults: list[Fault] = field(default_factory=list)  # sorted by file and line

    @functools.cached_property
    def _by_paper(self) -> dict[str, list[Summary]]:
        found: dict[str, list[Summary]] = {}
        for summary in self.summaries.values():
            found.setdefault(summary.paper, []).append(summary)
        return found

    @functools.cached_property
    def needed_by(self) -> dict[str, list[Summary]]:
        """By a chapter's slug, those that should be read after it. Ask when the catalogue is whole."""
        return after(self)

    def summaries_of(self, paper: str) -> list[Summary]:
        """Return the summaries of a paper, by slug. Ask when the catalogue is whole."""
        return self._by_paper.get(paper, [])


def chapter_files(root: Path, layout: Layout = Layout()) -> list[Path]:
    """Return the files that are chapters, sorted.

    What begins with a dot is not: editors, systems and Jupyter's checkpoints leave such files and folders.
    Nor is what has another ending, such as ``x.md~``, ``#x.md#`` and ``x.md.orig``.
    """
    folder = root / layout.papers
    found = (path for suffix in SUFFIXES for path in folder.rglob(f"*{suffix}"))
    return sorted(
        path
        for path in found
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


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
    keywords, faults = _read_keywords(root / layout.keywords, layout.keywords)
    catalogue.keywords = keywords or {}
    catalogue.faults += bibliography.faults + faults
    # What can't be read is told once, and not at everything that it should have named.
    keys = None if bibliography.faults and not bibliography.keys else bibliography.keys
    slugs: dict[str, str] = {}
    former: dict[str, str] = {}
    files = chapter_files(root, layout)
    stems, days = {path.stem for path in files}, Days(root)
    for path in files:
        name = path.relative_to(root).as_posix()
        if path.stem in slugs:
            what = f"the slug '{path.stem}' is that of {slugs[path.stem]} too"
            catalogue.faults.append(Fault(name, 1, what, "rename one of the two files", Kind.CHAPTER.code))
            continue
        slugs[path.stem] = name
        summary, faults = read_summary(path, name, keys, keywords, layout, stems, days)
        catalogue.faults += faults
        for old in summary.formerly if summary else ():
            if (other := former.setdefault(old, name)) != name:
                what = f"'{old}' was the name of {other} too"
                mend = "one address leads to one chapter; take it out of 'formerly' of one of them"
                catalogue.faults.append(Fault(name, 1, what, mend, Kind.CHAPTER.code))
        if summary and summary.paper in catalogue.papers:
            known = tuple(key for key in summary.see_also if key in catalogue.papers)
            catalogue.summaries[summary.slug] = replace(summary, see_also=known)
    catalogue.faults += circles(catalogue, root)
    catalogue.faults.sort()
    return catalogue


def _read_keywords(path: Path, name: str) -> tuple[dict[str, str] | None, list[Fault]]:
    def fault(line: int, what: str, mend: str) -> tuple[None, list[Fault]]:
        return None, [Fault(name, line, what, mend, Kind.KEYWORDS.code)]

    try:
        text = read_text(path)
    except FileNotFoundError:
        return fault(1, "the file is missing", "the closed list of keywords stands there; restore it")
    except UnreadableError as error:
        return None, [error.fault(name, Kind.KEYWORDS)]
    try:
        root, keywords = compose_yaml(text), load_yaml(text)
    except UnreadableError as error:
        return fault(error.line, f"no YAML: {error.what}", error.mend)
    wanted = "write 'keyword: what it means', in quotes what YAML takes for a number or a date"
    if not isinstance(root, yaml.MappingNode) or not isinstance(keywords, dict):
        return fault(1, "no list of keywords", "write one 'keyword: what it means' a line")
    faults = [
        Fault(
            name, key.start_mark.line + 1, f"'{key.value}' is no keyword with its meaning", wanted, Kind.KEYWORDS.code
        )
        for key, value in root.value
        if key.tag != _TEXT or value.tag != _TEXT or not value.value.strip()
    ]
    return {str(keyword): str(meaning) for keyword, meaning in keywords.items()}, faults
