"""A book beside what it was: chapters that are new, gone or changed, and settings by which all are held to less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exegesis.catalogue import Layout
from exegesis.catalogue.evidence import evidence_path
from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.contract.acknowledging import Acknowledged, acknowledged
from exegesis.fault import Fault, Kind
from exegesis.settings import PREFIX, Settings
from exegesis.text import UnreadableError, load_yaml

from .compare import Compared, compare
from .files import Files, text_of
from .settling import settle
from .state import chapters_in, read_state
from .weakening import GONE, NOTHING, Weakening
from .weakening import Kind as Weak

CONFIGURATION = "_config.yml"
_PAPER = re.compile(r"^paper:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Side:
    """A book in one state, by what is written in it."""

    files: Files
    given: dict[str, Any]  # Sphinx's settings of _config.yml; of another book none
    executes: dict[str, Any]  # what is below ``execute:``
    text: str | None  # of _config.yml
    layout: Layout

    @property
    def acknowledged(self) -> list[Acknowledged]:
        """What comments of _config.yml acknowledge."""
        lines = enumerate((self.text or "").splitlines(), start=1)
        return list(acknowledged((line, text.lstrip(" #")) for line, text in lines if text.lstrip().startswith("#")))

    def allowed(self) -> dict[str, str]:
        """Return by what the book holds its chapters to less: in words, with the setting that says so."""
        found = {f"cells may use: {use}": f"{PREFIX}uses" for use in _words(self.given.get(f"{PREFIX}uses"))}
        for rule in _words(self.given.get("suppress_warnings")):
            found[f"not told: {rule}"] = "suppress_warnings"
        if not self.given.get(f"{PREFIX}contract"):
            found["no contract"] = f"{PREFIX}contract"
        if self.executes.get("allow_errors"):
            found["cells may fail"] = "allow_errors"
        if self.executes.get("execute_notebooks") in (False, "off"):
            found["nothing is run"] = "execute_notebooks"
        return found

    def line(self, setting: str) -> int:
        """Return where a setting stands."""
        found = re.search(rf"\b{setting}\b", self.text or "")
        return (self.text or "").count("\n", 0, found.start()) + 1 if found else 1


def _words(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def read_side(files: Files, root: Path) -> Side:
    """Read a book's settings. A ``conf.py`` is code: it is left alone, and the usual places are looked in.

    Raises:
        UnreadableError: ``_config.yml`` is no YAML.
    """
    text = text_of(files, CONFIGURATION)
    told = load_yaml(text) if text else None
    given = _below(_below(told, "sphinx"), "config")
    own = {name: value for name, value in _below({"": told}, "").items() if name == "bibtex_bibfiles"}
    return Side(files, given, _below(told, "execute"), text, Settings(root, own | given).layout)


def _below(told: Any, key: str) -> dict[str, Any]:
    found = told.get(key) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}


@dataclass
class Changed:
    """What became of a book."""

    chapters: list[Compared] = field(default_factory=list)  # those that are not the same, by slug
    same: int = 0  # how many are
    weakenings: list[Weakening] = field(default_factory=list)  # of the book as a whole, chapters that are gone too
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare_books(before: Side, now: Side) -> Changed:
    """Compare two states of a book."""
    found = Changed()
    weaker = list(_settings(before, now))
    for slug, old, new in _pairs(before, now):
        if old and new and _is_same(before, now, old, new):
            found.same += 1
            continue
        compared = compare_chapter(before, now, slug, old, new)
        if new is None:
            weaker.append(Weakening(Weak.CHAPTER, slug, GONE, CONFIGURATION, 1))
        found.chapters.append(compared)
    settled = settle(weaker, before.acknowledged, now.acknowledged, CONFIGURATION)
    found.weakenings, found.faults, found.notes = settled.weakenings, settled.faults, settled.notes
    return found


def compare_chapter(before: Side, now: Side, slug: str, old: str | None, new: str | None) -> Compared:
    """Compare a chapter with what it was.

    Args:
        before: the book as it was.
        now: the book as it is.
        slug: the chapter's.
        old: the path of its file as it was; None of one that is new.
        new: ... as it is; None of one that is gone.
    """
    return compare(
        slug,
        read_state(before.files, before.layout, old) if old else None,
        read_state(now.files, now.layout, new) if new else None,
    )


def path_before(before: Side, now: Side, slug: str) -> str | None:
    """Return the path that a chapter had, under another name perhaps; None of one that is new."""
    return next((old for name, old, new in _pairs(before, now) if name == slug), None)


def _pairs(before: Side, now: Side) -> list[tuple[str, str | None, str | None]]:
    """Return the chapters, each with its path before and now; one that was renamed is known by its paper."""
    old, new = chapters_in(before.files, before.layout), chapters_in(now.files, now.layout)
    gone = {slug: _paper(before.files, old[slug]) for slug in old.keys() - new.keys()}
    there = {slug: _paper(now.files, new[slug]) for slug in new.keys() - old.keys()}
    names = {slug: slug for slug in new.keys() & old.keys()}
    for slug, paper in sorted(there.items()):
        was = sorted(each for each, of in gone.items() if of == paper and paper)
        if was:
            names[slug] = was[0]
            del gone[was[0]]
    found: list[tuple[str, str | None, str | None]] = [(slug, old.get(names.get(slug, "")), new[slug]) for slug in new]
    return sorted([*found, *((slug, old[slug], None) for slug in gone)])


def _paper(files: Files, name: str) -> str:
    front = split_front_matter(text_of(files, name) or "")
    found = _PAPER.search(front[0]) if front else None
    return found[1] if found else ""


def _is_same(before: Side, now: Side, old: str, new: str) -> bool:
    slug = Path(new).stem
    evidence = (evidence_path(Path(), side.layout.papers, slug).as_posix() for side in (before, now))
    test = f"tests/papers/test_{slug.replace('-', '_')}.py"
    pairs = [(old, new), tuple(evidence), (test, test)]
    if not before.files.bytes(test) and not now.files.bytes(test):  # its tests stand somewhere else
        names = {*before.files.names("tests"), *now.files.names("tests")}
        pairs += [(name, name) for name in names if name.endswith(".py")]
    return old == new and all(before.files.bytes(one) == now.files.bytes(other) for one, other in pairs)


def _settings(before: Side, now: Side) -> Iterator[Weakening]:
    if before.text is not None and now.text is None:
        yield Weakening(Weak.SETTING, CONFIGURATION, GONE, CONFIGURATION, 1)
        return
    if now.text is None:
        return
    known = before.allowed()
    for words, setting in now.allowed().items():
        if words not in known:
            yield Weakening(Weak.SETTING, NOTHING, words, CONFIGURATION, now.line(setting))


def unreadable(error: UnreadableError) -> Fault:
    """Return why a book's settings can't be compared."""
    return error.fault(CONFIGURATION, Kind.SETTING)
