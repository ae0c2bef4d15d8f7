"""What the book knows: papers, summaries, claims and their evidence, as typed records."""

from __future__ import annotations

import ast
import enum
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from .checks import ONLY, Check, Said, Verdict

#: What names a chapter, a claim or an exercise; with ``fullmatch``.
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = re.compile(r"(?<![\w.])(0|[1-9]\d*(?:_\d+)*)(\.\d*)?(e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
_IN_ADDRESSES = "/:;(),.-_~!*'+@$&="  # what a DOI may have that an address may have too


@dataclass(frozen=True)
class Layout:
    """Where a book keeps what the catalogue reads, relative to its root."""

    papers: str = "book/papers"
    bibliography: str = "references.bib"
    keywords: str = "book/keywords.yml"
    names: str = "book/names.yml"

    def has_papers(self, root: Path) -> bool:
        """Whether it is a book of papers; another one has pages and, if it likes, claims."""
        return (root / self.papers).is_dir()


@dataclass(frozen=True)
class Paper:
    """A record of references.bib."""

    key: str
    title: str
    authors: tuple[str, ...]  # "First Last", in the published order
    surnames: tuple[str, ...]  # "van der Last", in the same order
    venue: str  # the short name that readers know, such as ICML
    year: int
    kind: str = "misc"  # BibTeX's, such as inproceedings
    more_authors: bool = False  # whether the record leaves some out: 'and others'
    doi: str | None = None
    arxiv: str | None = None
    url: str | None = None
    shortscience: str | None = None
    bibtex: str = ""  # as it stands in the file, without the book's own fields

    @property
    def short_authors(self) -> str:
        """Return the authors as a citation in the text names them."""
        many = self.more_authors or len(self.surnames) > 2
        return f"{self.surnames[0]} et al." if many else " and ".join(self.surnames)

    @property
    def links(self) -> dict[str, str]:
        """Return where the paper can be read, by the name of the place."""
        found = {
            "DOI": self.doi and f"https://doi.org/{quote(self.doi, safe=_IN_ADDRESSES)}",
            "arXiv": self.arxiv and f"https://arxiv.org/abs/{self.arxiv}",
            "Paper": self.url,
            "ShortScience": self.shortscience,
        }
        return {name: url for name, url in found.items() if url}


@dataclass(frozen=True)
class Summary:
    """The front matter of a chapter: one reader's summary of one paper."""

    slug: str  # the name of its file, without the ending
    path: Path  # absolute
    paper: str  # a key of references.bib
    author: str
    date: str  # ISO, such as 2026-11-21
    tldr: str  # at most 280 characters
    keywords: tuple[str, ...]
    see_also: tuple[str, ...] = ()  # keys of references.bib
    aliases: tuple[str, ...] = ()  # other names of the paper or its method, such as ResNet
    level: str = ""  # one of frontmatter.LEVELS, or nothing
    needs: tuple[str, ...] = ()  # what to read before: slugs, or keys of references.bib
    changes: tuple[tuple[str, str], ...] = ()  # (date, what), the latest last
    formerly: tuple[str, ...] = ()  # slugs that it had

    @property
    def updated(self) -> str:
        """Return the date of the last change, or of the summary itself."""
        return self.changes[-1][0] if self.changes else self.date

    def bibtex(self, key: str, title: str, book: str, paper: Paper) -> str:
        """Return a BibTeX record of the summary itself; ``title`` is the chapter's, ``book`` the book's."""
        fields = {
            "author": "{" + _tex(self.author) + "}",
            "title": f"{title}: a summary that runs",
            "booktitle": book,
            "year": self.date[:4],
            "note": f"Summary of {paper.key}, {self.date}" + (f", changed {self.updated}" if self.changes else ""),
        }
        lines = [f"    {name} = {{{_tex(value) if name != 'author' else value}}}" for name, value in fields.items()]
        return "@incollection{" + key + ",\n" + ",\n".join(lines) + "\n}"


_TEX = {"\\": r"\textbackslash{}"} | {character: "\\" + character for character in "&%$#_{}"}


def _tex(text: str) -> str:
    """Escape what TeX would read as commands."""
    return "".join(_TEX.get(character, character) for character in text)


class Evidence(enum.Enum):
    """How far a chapter vouches for a claim."""

    RECOMPUTED = "recomputed"  # the number follows from the definitions and is computed
    DEMONSTRATED = "demonstrated"  # the effect shows at toy scale
    DERIVED = "derived"  # arithmetic on numbers that the paper prints
    QUOTED = "quoted"  # needs what a chapter cannot have: cited, never asserted


class Standing(enum.Enum):
    """What became of a claim."""

    HOLDS = "holds"
    IN_PART = "in part"  # some of it does not reproduce, which is asserted
    FAILS = "does not hold"  # the build is red
    UNCHECKED = "not checked"  # quoted, or not run


@dataclass(frozen=True)
class Limits:
    """What of a claim does not reproduce."""

    checks: tuple[Check, ...]  # each denied, at least one: the day it holds, the build says so
    words: str


@dataclass(frozen=True)
class Accepted:
    """A change to the chapter's code that no check need notice."""

    code: str  # that the changed statement contains
    reason: str

    def covers(self, statement: str) -> bool:
        """Whether a statement, as Python unparses it, is one of those that are meant."""
        return bare(self.code) in bare(statement)

    def stands_in(self, cell: str) -> bool:
        """Whether a cell has such a statement, as its author wrote it or as Python unparses it."""
        return self.covers(cell) or self.covers(_unparsed(cell))


@functools.lru_cache(maxsize=1024)  # each of a chapter's claims asks it of the same cells
def _unparsed(cell: str) -> str:
    try:
        return ast.unparse(ast.parse(cell))
    except (SyntaxError, ValueError):
        return ""


@functools.lru_cache(maxsize=1024)
def bare(code: str) -> str:
    """Return code without spaces, with one kind of quotes, and with numbers as Python writes them."""
    return _NUMBER.sub(lambda found: repr(ast.literal_eval(found[0])), "".join(code.split()).replace('"', "'"))


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a paper, and what the chapter found."""

    id: str  # the name that the author gave it
    summary: str  # the chapter's slug
    text: str  # plain, formulas as TeX
    html: str  # the same, formulas set
    source: str  # where the paper says it
    evidence: Evidence
    line: int  # of the chapter, from 1
    why: str = ""  # a wide tolerance, or what a quoted claim would take
    matters: str = ""  # why it matters that what is said is wrong, or does not come out in full
    said: Said | None = None  # a wrong number that is in circulation
    verdicts: tuple[Verdict, ...] = ()
    limits: Limits | None = None
    limit_verdicts: tuple[Verdict, ...] = ()  # one for each check of `limits`
    accepts: tuple[Accepted, ...] = ()
    context: dict[str, float] = field(default_factory=dict)  # numbers that no check names

    @property
    def anchor(self) -> str:
        """The id of its place on the chapter's page."""
        return f"claim-{self.id}"

    @property
    def holds(self) -> bool | None:
        """Whether every check holds; None where nothing was checked."""
        return all(verdict.holds for verdict in self.verdicts) if self.verdicts else None

    @property
    def is_corrected(self) -> bool:
        """Whether the paper, or what is said of it, is wrong here, in full or in part."""
        return self.said is not None or self.standing in (Standing.IN_PART, Standing.FAILS)

    @property
    def instead(self) -> tuple[Verdict, ...]:
        """What comes out in place of what is said, or of what does not hold."""
        name = self.said.name if self.said else None
        return tuple(verdict for verdict in self.judged if verdict.check.name == name or not verdict.comes_out)

    @property
    def judged(self) -> tuple[Verdict, ...]:
        """What was asserted of the cell's numbers: the checks, then what does not reproduce."""
        return self.verdicts + self.limit_verdicts

    @property
    def standing(self) -> Standing:
        """What became of it."""
        if not self.verdicts:
            return Standing.UNCHECKED
        if not self.holds:
            return Standing.FAILS
        short = any(not verdict.comes_out for verdict in self.limit_verdicts)
        return Standing.IN_PART if short else Standing.HOLDS

    def context_of(self, values: dict[str, float]) -> dict[str, float]:
        """Return those of a cell's numbers that no check names."""
        named = {name for verdict in self.judged for name in verdict.check.names}
        return {name: value for name, value in values.items() if name not in named and name != ONLY}


def count_by_evidence(claims: list[Claim]) -> dict[Evidence, int]:
    """Count claims by evidence, in the order of `Evidence`."""
    return {evidence: sum(claim.evidence is evidence for claim in claims) for evidence in Evidence}
