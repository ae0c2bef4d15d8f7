"""One record made clean: every spelling of an identifier, a venue or an address to one form, or told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from . import identifiers
from .bibtex import Record
from .tex import TexError, plain
from .venues import OneName

#: What other programs call a field of ours.
_OTHER_NAMES = {"journaltitle": "journal", "eprinttype": "archiveprefix", "eprintclass": "primaryclass"}
#: Where arXiv's identifier is found too: ``volume = {abs/1412.6980}``.
ALSO_ARXIV = ("volume", "number", "pages", "eid", "note", "howpublished")
_ARXIV_THERE = re.compile(r"(?:(?:arxiv\s+preprint|preprint)\s+)?(?:arxiv\s*:|abs/).*", re.IGNORECASE)
_ARXIV_JOURNAL = re.compile(r"(?:arxiv|corr)\b(?:\.org)?[\s,]*(?:(?:e-?|pre-?)prints?)?[\s,:]*", re.IGNORECASE)
_THESES = {"phdthesis": "PhD thesis", "mastersthesis": "Master's thesis"}


@dataclass
class Draft:
    """A record while it is made clean."""

    record: Record
    values: dict[str, str] = field(default_factory=dict)  # by name in lower case
    faults: list[tuple[int, str, str]] = field(default_factory=list)  # line, what, mend
    told: set[str] = field(default_factory=set)  # the fields with one of them

    def tell(self, name: str, what: str, mend: str) -> None:
        """Note a fault at a field's line; at the record's, if it has no such field."""
        self.told.add(name)
        self.faults.append((self.line(name), what, mend))

    def line(self, name: str) -> int:
        """Return a field's line; the record's, if it has no such field."""
        there = self.record.fields.get(name)
        return there.line if there else self.record.line

    def text(self, name: str) -> str:
        """Return a field as plain text; empty if there is none, or it can't be read."""
        try:
            return plain(self.values.get(name, ""))
        except TexError:
            return ""


def clean(record: Record, names: OneName) -> Draft:
    """Make a record clean; what could be meant in two ways is told."""
    draft = Draft(record)
    for name, there in record.fields.items():
        if there.value:
            draft.values.setdefault(_OTHER_NAMES.get(name, name), unicodedata.normalize("NFC", there.value))
    if "year" not in draft.values and (found := re.match(r"\d{4}(?!\d)", draft.values.get("date", ""))):
        draft.values["year"] = found[0]
    if record.type in _THESES and "institution" in draft.values:
        draft.values.setdefault("school", draft.values["institution"])
    for step in (_doi, _eprint, _arxiv_elsewhere, _addresses):
        step(draft)
    if "eprint" in draft.values and draft.values.get("archiveprefix", "arXiv").lower() == "arxiv":
        draft.values["archiveprefix"] = "arXiv"
    _venue(draft, names)
    return draft


def _doi(draft: Draft) -> None:
    given = draft.values.get("doi")
    if given is None:
        return
    if found := identifiers.doi(given):
        draft.values["doi"] = found
        if arxiv := identifiers.arxiv(found):
            draft.values.setdefault("eprint", arxiv)
    else:
        del draft.values["doi"]
        draft.tell("doi", f"'{given}' is no DOI", "write it as it is after https://doi.org/, such as 10.1109/5.771073")


def _eprint(draft: Draft) -> None:
    given, archive = draft.values.get("eprint"), draft.values.get("archiveprefix", "").lower()
    if given is None or archive not in ("", "arxiv"):
        return
    if found := identifiers.arxiv(given):
        draft.values["eprint"] = found
        return
    del draft.values["eprint"]
    if not archive and (address := identifiers.url(given)):  # ACM gives its PDF here
        draft.values.setdefault("url", address)
        return
    draft.tell("eprint", f"'{given}' is no identifier of arXiv", "write it without version, such as 1512.03385")


def _arxiv_elsewhere(draft: Draft) -> None:
    values = draft.values
    journal = draft.text("journal")
    if found := _ARXIV_JOURNAL.match(journal):
        rest = journal[found.end() :].strip()
        arxiv = identifiers.arxiv(rest)
        if (arxiv and _same_arxiv(draft, "journal", arxiv)) or not rest:
            values["journal"] = "arXiv preprint"
    for name in ALSO_ARXIV:
        given = values.get(name, "")
        if _ARXIV_THERE.fullmatch(given):
            text = re.sub(r"^(?:arxiv\s+)?preprint\s+", "", given, flags=re.IGNORECASE)
            if (arxiv := identifiers.arxiv(text)) and _same_arxiv(draft, name, arxiv):
                del values[name]


def _same_arxiv(draft: Draft, name: str, arxiv: str) -> bool:
    if "eprint" in draft.told:
        return False  # which of the two is meant, the author has to say
    known = draft.values.setdefault("eprint", arxiv)
    if known != arxiv:
        draft.tell(name, f"'{name}' names arXiv:{arxiv}, but 'eprint' {known}", "keep the right one of the two")
    return known == arxiv


def _addresses(draft: Draft) -> None:
    values, names = draft.values, ["url", "shortscience"]
    if given := values.get("url"):
        doi, arxiv = identifiers.doi(given), identifiers.arxiv(given)
        if arxiv:
            names.remove("url")
            if _same_arxiv(draft, "url", arxiv):
                del values["url"]
        elif doi and values.setdefault("doi", doi).lower() == doi.lower():
            names.remove("url")
            del values["url"]
    for name in names:
        if given := values.get(name):
            address = identifiers.url(given)
            if address and (name == "url" or re.match(r"https?://(?:www\.)?shortscience\.org/", address)):
                values[name] = address
            else:
                del values[name]
                where, page = (
                    ("https://", "a page") if name == "url" else ("https://shortscience.org/", "its page there")
                )
                mend = f"write one that begins with {where}, or take the field out"
                draft.tell(name, f"'{given}' is no address of {page}", mend)


def _venue(draft: Draft, names: OneName) -> None:
    if "venue" in draft.values:
        _one_venue(draft, names)
        return
    for name in ("booktitle", "series", "journal"):
        if found := names.venue(draft.text(name)):
            draft.values["venue"] = found
            return
    guesses: list[Callable[[], str | None]] = [
        lambda: _THESES.get(draft.record.type),
        lambda: draft.text("publisher") if draft.record.type == "book" else None,
        lambda: (
            "arXiv" if "eprint" in draft.values and not (draft.text("booktitle") or draft.text("journal")) else None
        ),
    ]
    if guess := next(filter(None, (each() for each in guesses)), None):
        draft.values["venue"] = guess
        return
    for name in ("booktitle", "journal"):
        if near := names.near(draft.text(name)):
            mend = f"if {near} is meant, write it so; else add 'venue = {{...}}', the short name that readers know"
            draft.tell(name, f"'{draft.text(name)}' is no venue of the list", mend)
            draft.values["venue"] = near
            return


def _one_venue(draft: Draft, names: OneName) -> None:
    given = draft.text("venue")
    if found := names.venue(given):
        if found != given:
            draft.values["venue"] = found
    elif near := names.near(given):
        mend = f"did you mean '{near}'? if not, add '{given}: []' to 'venues:' in {names.file}"
        draft.tell("venue", f"there is no venue '{given}'", mend)
    elif re.search(r"\b(?:19|20)\d\d\b|'\d\d\b", given):
        draft.tell("venue", f"the venue '{given}' has a year", "write its name alone: the year is in 'year'")
