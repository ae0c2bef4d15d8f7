"""One name for each venue and author: the package's list of venues, and what a book adds."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .names import fold

_LIST = Path(__file__).with_name("venues.yml")
_TENS = "twent|thirt|fort|fift|sixt|sevent|eight|ninet"
_ORDINAL = (
    r"\d+(?:st|nd|rd|th)"
    rf"|(?:(?:{_TENS})(?:y|ieth)[- ]?)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    rf"|tenth|eleventh|twelfth|\w+teenth|(?:{_TENS})ieth"
)
_NOISE = re.compile(
    rf"\b(?:proceedings of|proc\.? of|in proceedings|annual|the|ieee/cvf|ieee|acm|{_ORDINAL}|(?:19|20)\d\d)\b"
    r"|'\d\d\b|(?<=\s)\d+$|\([^)]*\)"
)
_SEPARATOR = re.compile(r"[:,(]|\.\s|\s[-–—]+\s")


@dataclass(frozen=True)
class OneName:
    """What each venue and author is called here."""

    venues: dict[str, str] = field(default_factory=dict)  # another name, or itself, as `_reduced`: the name
    meetings: frozenset[str] = frozenset()  # venues whose names may go on with a place, a date and a track
    file: str = ""  # where a book adds to them
    authors: dict[str, str] = field(default_factory=dict)  # another name, or itself: the name

    def venue(self, text: str) -> str | None:
        """Return the name of a venue from any of its names, with the year, number and place of a meeting."""
        if found := self.venues.get(_reduced(text)):
            return found
        workshop = "workshop" in text.casefold()
        for end in _SEPARATOR.finditer(text):
            found = self.venues.get(_reduced(text[: end.start()]))
            if found in self.meetings and ("Workshop" in str(found) or not workshop):
                return found
        return None

    def near(self, text: str) -> str | None:
        """Return the venue whose name is nearly this: one that was misspelt."""
        text = _reduced(text)
        if " " in text or len(text) > 8:
            found = difflib.get_close_matches(text, self.venues, n=1, cutoff=0.92)
            return self.venues[found[0]] if found else None
        known = (name for name in self.venues if " " not in name)
        return next((self.venues[name] for name in known if _one_slip(text, name)), None)


@functools.lru_cache(maxsize=8192)
def _reduced(text: str) -> str:
    text = re.sub(r"\s+", " ", fold(text).replace("’", "'").replace("&", "and")).strip()
    if (bare := re.sub(r"[\s.,]+", " ", _NOISE.sub(" ", text)).strip()) and re.search(r"[a-z]", bare):
        return bare
    return text


def _one_slip(text: str, name: str) -> bool:
    """Whether a short name of four letters or more differs in one letter, or in the order of some."""
    if min(len(text), len(name)) < 4 or text == name:
        return False
    if sorted(text) == sorted(name):
        return True
    shorter, longer = sorted((text, name), key=len)
    if len(shorter) == len(longer):
        return sum(a != b for a, b in zip(text, name, strict=True)) == 1
    return len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


@functools.cache
def known_venues() -> dict[str, dict[str, list[str]]]:
    """Return the package's list: meetings, journals and preprints by name, with their other names."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(_LIST.read_text(encoding="utf-8"))
    return found


def is_preprint(venue: str) -> bool:
    """Whether a venue prints what comes, reviewed or not."""
    return venue in known_venues()["preprints"]


def one_name(own: Mapping[str, Any] | None = None, file: str = "") -> OneName:
    """Return the package's names and the book's, which come first."""
    own = own or {}
    venues: dict[str, str] = {}
    for lists in (*known_venues().values(), own.get("venues") or {}):
        for name, others in lists.items():
            for each in (*(others or ()), name):
                venues[_reduced(each)] = name
    authors = {each: name for name, others in (own.get("authors") or {}).items() for each in (name, *(others or ()))}
    return OneName(venues, frozenset(known_venues()["meetings"]), file, authors)


def read_own(path: Path) -> tuple[dict[str, Any], tuple[int, str, str] | None]:
    """Read a book's own names; a book need not have any.

    Returns:
        What it says, and the line, fault and mend if it can't be read.
    """
    mend = "write 'venues:' and 'authors:', each with 'Name: [another name, ...]' lines"
    try:
        own = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}, None
    except UnicodeDecodeError as error:
        return {}, (1, f"byte {error.start} is no UTF-8", "save the file as UTF-8")
    except (yaml.YAMLError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        return {}, (mark.line + 1 if mark else 1, "no YAML", mend)
    if not isinstance(own, dict) or not own.keys() <= {"venues", "authors"} or not all(map(_are_names, own.values())):
        return {}, (1, "no list of names", mend)
    return own, None


def _are_names(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(isinstance(name, str) for name in value)
        and all(
            others is None or (isinstance(others, list) and all(isinstance(each, str) for each in others))
            for others in value.values()
        )
    )
