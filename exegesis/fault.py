"""A fault: what is wrong, from where it is found to where it is printed."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass

#: Whose faults they are, before the dot of their codes.
PACKAGE = "exegesis"


class Kind(enum.Enum):
    """What a fault is about; Sphinx knows it as the subtype of a warning, ``exegesis.<subtype>``."""

    ALT = "alt", "a figure says nothing to those who cannot see it"
    BROWSER = "browser", "what a chapter's cells need in the reader's browser is not to be had there"
    BUILD = "build", "the build itself could not go on"
    CHAPTER = "chapter", "a chapter's name, front matter or title"
    CLAIM = "claim", "a claim can't be read, has no cell, or does not hold"
    EXERCISE = "exercise", "an exercise can't be read, its solution does not pass its checks, or its starter does"
    EVIDENCE = "evidence", "a chapter's evidence file can't be read"
    FILE = "file", "a page takes in a file from outside the book's folder"
    HTML = "html", "HTML that a page may not have"
    KEYWORDS = "keywords", "the closed list of keywords"
    LABEL = "label", "a label is on two pages"
    LINK = "link", "a link within the finished site leads nowhere"
    LISTING = "listing", "a listing of a kind, or of a claim, that there is not"
    MARKUP = "markup", "text looks like markup, and is not taken as such"
    MATH = "math", "a formula does not parse"
    PICTURE = "picture", "a picture has what a page may not have, or is not there"
    RECORD = "record", "a record of the bibliography"
    RUN = "run", "a notebook did not run to its end, or gives another result when it is run again"
    SEARCH = "search", "the search index could not be made"
    SETTING = "setting", "a setting is unknown, is not right, or can't work beside another"
    TERM = "term", "a term of the glossary is used in no chapter"
    TOC = "toc", "a chapter has no place in the table of contents"
    VALUE = "value", "a number in the text is not what its cell computes"

    def __init__(self, subtype: str, meaning: str) -> None:
        self.subtype = subtype
        self.meaning = meaning
        self.code = f"{PACKAGE}.{subtype}"


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a source file, told to the person who can mend it."""

    path: str  # relative to the book's root, with forward slashes; empty for the book as a whole
    line: int  # from 1; of a notebook's file the number of the cell, 0 for what belongs to none
    what: str  # is wrong
    mend: str  # how; empty where nobody but the library that found it knows
    code: str  # `Kind.code`, that of a rule of the contract, or a warning's type and subtype as Sphinx has them
    column: int = 0  # from 1; 0 for the whole line, and where it is not known

    def __str__(self) -> str:
        return f"{self.path or 'the book'}:{self._place}: {self.message}"

    @property
    def told(self) -> str:
        """The fault as linters tell theirs: ``file:line:column: CODE message``."""
        column = f":{self.column}" if self.column else ""
        return f"{self.path or 'the book'}:{self._place}{column}: {f'{self.name} ' if self.name else ''}{self.message}"

    @property
    def name(self) -> str:
        """The code without the package's name."""
        return self.code.removeprefix(f"{PACKAGE}.")

    @property
    def _place(self) -> str:
        if self.path.endswith(".ipynb"):  # the lines of its file are nothing that people see
            return f"cell {self.line}" if self.line else "metadata"
        return str(self.line)

    @property
    def message(self) -> str:
        """What is wrong and how to mend it, without the place."""
        return f"{self.what}; {self.mend}" if self.mend else self.what


def closest(name: str, names: Iterable[str]) -> str:
    """Return a hint at what was meant, for an error message."""
    near = difflib.get_close_matches(name, names := list(names), n=1)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(names)) or 'none'}"
