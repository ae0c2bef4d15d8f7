"""A rule of the contract: its name, what it tells, how to mend it, why, and an example of both kinds."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exegesis.catalogue import Catalogue, Layout
from exegesis.fault import PACKAGE, Fault
from exegesis.limits import TAG

from .chapter import Chapter
from .reading import read_chapter

if TYPE_CHECKING:
    from spellchecker import SpellChecker


@dataclass(frozen=True)
class Found:
    """A place where a rule is not kept."""

    line: int
    column: int = 0  # from 1; 0 for the whole line
    values: tuple[Any, ...] = ()  # for the rule's text


@dataclass
class Book:
    """What the rules ask of the book around a chapter; each part is read when it is asked for first."""

    root: Path
    layout: Layout
    libraries: frozenset[str]  # that a chapter may import, beside parts of Python's own
    words: str  # the file with the book's own words, relative to the root
    uses: frozenset[str] = frozenset()  # what every cell may use, such as the clock
    catalogue: Catalogue = field(default_factory=Catalogue)
    pages: dict[str, Path] = field(default_factory=dict)  # by docname

    _read: dict[Path, Chapter] = field(default_factory=dict)

    def chapter(self, path: Path, text: str) -> Chapter:
        """Return a page as it is read; the rules of other chapters ask for it too."""
        known = self._read.get(path)
        if known is None or known.text != text:
            known = self._read[path] = read_chapter(path, path.relative_to(self.root).as_posix(), text)
        return known

    def read(self) -> None:
        """Read what the rules ask for of other pages than the one that they look at."""
        _ = self.speller, self.labels, self.tested

    @functools.cached_property
    def speller(self) -> SpellChecker:
        from .spelling import speller_of

        return speller_of(self.root / self.words, self.catalogue.papers)

    @functools.cached_property
    def labels(self) -> set[str]:
        """Every label of the book's pages."""
        from .links import labels_of

        return labels_of(self)

    @functools.cached_property
    def tested(self) -> set[str]:
        """The chapters whose cells the book's tests read."""
        texts = (path.read_text("utf-8", errors="replace") for path in (self.root / "tests").rglob("test_*.py"))
        calls = (call for text in texts for call in re.findall(r"definitions\((.*)", text))
        return {name for call in calls for name in re.findall(r"[\"'/]([^\"'/]+?)(?:\.md|\.ipynb)?(?=[\"'])", call)}


Finder = Callable[[Chapter, Book], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """One rule."""

    code: str
    what: str  # is wrong; {0} and so on stand for what was found
    mend: str
    why: str  # for the reference page
    bad: str  # a chapter's body that breaks it
    good: str  # ... and one that keeps it
    find: Finder
    is_fixed: bool = False  # whether 'check --fix' mends it
    is_told: bool = False  # whether the build tells it by itself, so that the contract need not
    #: The word that allows a cell what the rule forbids, in ``exegesis_uses`` or in a tag. The build leaves such a rule
    #: to the run of the notebook, which tells of what was really used.
    uses: str = ""
    example: str = "md"  # what the two are: of a chapter's text, yaml its front matter, json a notebook, python a test

    def faults(self, chapter: Chapter, book: Book) -> Iterator[Fault]:
        """Yield each place where a chapter does not keep the rule."""
        if self.uses in book.uses:
            return
        if self.uses:
            tag = TAG.format(self.uses)
            chapter = replace(chapter, cells=[cell for cell in chapter.cells if tag not in cell.tags])
        for found in self.find(chapter, book):
            what, mend = self.what.format(*found.values), self.mend.format(*found.values)
            yield Fault(chapter.name, found.line, what, mend, f"{PACKAGE}.{self.code}", found.column)


#: By code, in the order of the reference page.
RULES: dict[str, Rule] = {}


def rule(
    code: str,
    what: str,
    mend: str,
    *,
    bad: str,
    good: str,
    is_fixed: bool = False,
    is_told: bool = False,
    uses: str = "",
    example: str = "md",
) -> Callable[[Finder], Finder]:
    """Make a rule of the function that finds where it is not kept; the function's docstring says why there is one."""

    def declare(find: Finder) -> Finder:
        assert code not in RULES, code
        why = " ".join((find.__doc__ or "").split())
        RULES[code] = Rule(code, what, mend, why, bad, good, find, is_fixed, is_told, uses, example)
        return find

    return declare
