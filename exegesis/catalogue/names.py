"""The names of authors, by BibTeX's conventions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pybtex.bibtex.utils import split_name_list, split_tex_string
from pybtex.database import Person

from .tex import plain

_OTHERS = "others"
_ET_AL = re.compile(r"(?:,|\band)?\s*\bet\.?\s+al\b\.?", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr|junior|senior|[ivx]+|\d(?:st|nd|rd|th)|ph\.?d|m\.?d)\.?", re.IGNORECASE)
_MARK = re.compile(r"[@*†‡§¶<>]|(?<=[^\W\d_])\d{1,2}(?!\d)")  # of addresses and affiliations
_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?)+")


class NamesError(ValueError):
    """A list of names that is not what it seems; ``mend`` says what to write."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True)
class Names:
    """A list of authors."""

    persons: tuple[Person, ...]
    more: bool  # whether it ends with 'and others'


def read_names(tex: str) -> Names:
    """Read the value of an author field.

    Raises:
        NamesError: names that are parted by commas, semicolons or '&', an empty one, or 'et al.'.
        tex.TexError: TeX in a name that has no form as text.
    """
    bare = "".join(_at_the_outside(re.sub(r"\\.", "", tex)))
    if found := _ET_AL.search(bare):
        raise NamesError(f"'{found[0].strip()}' is no name", "write 'and others' for those who are not named")
    for sign in ";&":
        if sign in bare:
            raise NamesError(f"a '{sign}' stands between names", "part them by 'and'; a name with it stands in braces")
    if mark := _MARK.search(bare):
        raise NamesError(f"'{mark[0]}' is no part of a name", "take it out; a name with it stands in braces")
    names = split_name_list(tex)
    if more := names[-1:] == [_OTHERS]:
        names.pop()
    if (
        not names
        or _OTHERS in names
        or not all(names)
        or any(re.match(r"and\b|.*\band$", each, re.I) for each in names)
    ):
        raise NamesError("a name is empty", "write 'Last, First and Last, First', with nothing before or after")
    parts = [split_tex_string(name, ",") for name in names]
    for name, each in zip(names, parts, strict=True):
        if len(each) > 3 or (len(each) == 3 and not _SUFFIX.fullmatch(each[1])) or not all(each):
            raise NamesError(f"'{name}' is no name", "part authors by 'and': Last, First and Last, First")
    if _are_many(parts):
        name = next(name for name, each in zip(names, parts, strict=True) if len(each) > 1)
        mend = "part authors by 'and'; if this is one person, put braces around the last name"
        raise NamesError(f"'{name}' may be several persons", mend)
    persons = tuple(map(Person, names))
    for person in persons:
        if not (full_name(person) and surname(person)):
            raise NamesError(f"'{person}' has no last name", "write 'Last, First'")
    return Names(persons, more)


def _at_the_outside(tex: str) -> Iterator[str]:
    """Return the characters that stand in no braces."""
    depth = 0
    for character in tex:
        depth += (character == "{") - (character == "}")
        if not depth:
            yield character


def _are_many(parts: list[list[str]]) -> bool:
    """Whether a comma parts persons: 'Kaiming He, Jian Sun', and nobody beside them has 'Last, First'."""
    pairs = [each for each in parts if len(each) == 2]
    return bool(pairs) and all(all(_is_full(side) for side in pair) for pair in pairs)


def _is_full(side: str) -> bool:
    """Whether part of a name could be a whole one: two words, none of them in braces, a particle or all initials."""
    words = split_tex_string(side)
    return (
        len(words) > 1
        and not any(word[0] in "{\\" or word[0].islower() for word in words)
        and not (all(_INITIALS.fullmatch(word) and (len(word) == 1 or "." in word) for word in words))
    )


def full_name(person: Person) -> str:
    """Return 'First von Last Jr' as plain text."""
    parts = [person.first_names, person.middle_names, person.prelast_names, person.last_names, person.lineage_names]
    return plain(" ".join(word for part in parts for word in part)).replace("\u00a0", " ")


def surname(person: Person) -> str:
    """Return 'von Last' as plain text."""
    return plain(" ".join([*person.prelast_names, *person.last_names])).replace("\u00a0", " ")


def with_others(persons: Iterable[Person]) -> list[Person]:
    """Return persons of whom the last has 'et al.' after the name, for styles that know no others."""
    *first, last = persons
    shown = Person(str(last))
    shown.last_names = [*last.last_names, "et~al."]
    return [*first, shown]


@dataclass(frozen=True)
class Known:
    """A name as it stands in the book."""

    name: str
    given: tuple[str, ...]
    line: int


def short_for(name: Known, other: Known) -> bool:
    """Whether a name may be another one in short: initials for names, a middle name or accents left out.

    Both have the same last name, but for accents.
    """
    if name.name == other.name:
        return False
    ours, theirs = map(_letters, name.given), [_letters(word) for word in other.given]
    shorter = list(ours)
    if len(shorter) > len(theirs) or not shorter:
        return False
    alike = all(
        mine == word or (len(mine) == 1 and word.startswith(mine)) for mine, word in zip(shorter, theirs, strict=False)
    )
    return alike and (sum(map(len, shorter)), len(name.name.encode())) < (
        sum(map(len, theirs)),
        len(other.name.encode()),
    )


def _letters(word: str) -> str:
    return fold(word).replace(".", "").replace("-", "")


def fold(text: str) -> str:
    """Return a text without accents and case, to compare names."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
