"""references.bib, read into `Paper` records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.input.bibtex import Parser
from pybtex.database.output.bibtex import Writer
from pybtex.richtext import Text
from pybtex.scanner import PybtexSyntaxError

from exegesis.fault import Fault, Kind

from .model import Paper

#: Fields of ours, which say nothing to a reader's own reference manager.
OWN_FIELDS = ("dblp", "shortscience", "venue")
_KNOWN_FIELDS = {
    *("title", "booktitle", "journal", "year", "volume", "number", "pages", "series", "publisher", "school"),
    *("edition", "note", "doi", "eprint", "archiveprefix", "url", *OWN_FIELDS),
}
_ENTRY = re.compile(r"^@\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
_WRITER = Writer()  # by its name pybtex would look through every installed package for it, each time
_KEY = re.compile(r"^[a-z]+\d{4}[a-z0-9]*$")
# Words in which TeX would find nothing to resolve.
_PLAIN = re.compile(r"(?:[^\W_]|[.:;()/+]|-(?!-)|,(?!,)|(?<=\S) (?=\S))*")


@dataclass(frozen=True)
class Bibliography:
    """What a BibTeX file gave."""

    papers: dict[str, Paper]  # by key; records with a fault are left out
    keys: frozenset[str]  # of all records, faulty ones too
    faults: list[Fault]


def read_bibliography(path: Path, name: str) -> Bibliography:
    """Read a BibTeX file.

    Args:
        path: the file.
        name: what to call it in a fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        missing = Fault(
            name, 1, "the file is missing", "every paper's record stands there; restore it", Kind.RECORD.code
        )
        return Bibliography({}, frozenset(), [missing])
    lines = {found[1]: text.count("\n", 0, found.start()) + 1 for found in _ENTRY.finditer(text)}
    faults = _duplicates(text, name)
    try:
        data = BibliographyData() if faults else Parser().parse_string(text)
    except PybtexSyntaxError as error:
        faults.append(
            Fault(
                name, error.lineno, f"no BibTeX: {error.args[0]}", "look for a missing brace or comma", Kind.RECORD.code
            )
        )
        data = BibliographyData()
    papers = {}
    for key, entry in data.entries.items():
        paper, wrong = _paper(key, entry)
        faults += [Fault(name, lines.get(key, 1), what, mend, Kind.RECORD.code) for what, mend in wrong]
        if paper:
            papers[key] = paper
    return Bibliography(papers, frozenset(lines), faults)


def _duplicates(text: str, name: str) -> list[Fault]:
    """BibTeX keys are compared without regard to case, as pybtex does."""
    seen: dict[str, int] = {}
    faults = []
    for found in _ENTRY.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        first = seen.setdefault(found[1].lower(), line)
        if first != line:
            what = f"the key '{found[1]}' stands at line {first} too"
            faults.append(Fault(name, line, what, "keep one of the two records", Kind.RECORD.code))
    return faults


def _paper(key: str, entry: Entry) -> tuple[Paper | None, list[tuple[str, str]]]:
    wrong = []
    fields = entry.fields
    if not _KEY.match(key):
        wrong.append((f"the key '{key}' is not like 'he2016deep'", "use first author, year, first word of the title"))
    for missing in ("title", "year", "venue"):
        if not fields.get(missing, "").strip():
            wrong.append((f"'{key}' has no {missing}", f"add '{missing} = {{...}}'"))
    if not entry.persons.get("author"):
        wrong.append((f"'{key}' has no author", "add 'author = {Last, First and Last, First}'"))
    for unknown in sorted(set(map(str.lower, fields)) - _KNOWN_FIELDS):
        wrong.append((f"'{key}' has a field '{unknown}' that nobody reads", "correct its name or take it out"))
    if fields.get("year") and not re.fullmatch(r"\d{4}", fields["year"]):
        wrong.append((f"'{key}' has the year '{fields['year']}'", "write four digits"))
    if wrong:
        return None, wrong
    paper = Paper(
        key=key,
        title=plain(fields["title"]),
        authors=tuple(map(_name, entry.persons["author"])),
        surnames=tuple(map(_surname, entry.persons["author"])),
        venue=plain(fields["venue"]),
        year=int(fields["year"]),
        doi=fields.get("doi"),
        arxiv=fields.get("eprint") if fields.get("archiveprefix", "").lower() == "arxiv" else None,
        url=fields.get("url"),
        shortscience=fields.get("shortscience"),
        bibtex=_bibtex(key, entry),
    )
    return paper, []


def plain(tex: str) -> str:
    """Return a BibTeX field as plain text: braces and TeX accents resolved."""
    return tex if _PLAIN.fullmatch(tex) else str(Text.from_latex(tex))  # a sixth of a millisecond, eight a record


def _name(person: Person) -> str:
    parts = [person.first_names, person.middle_names, person.prelast_names, person.last_names, person.lineage_names]
    return plain(" ".join(word for part in parts for word in part))


def _surname(person: Person) -> str:
    return plain(" ".join([*person.prelast_names, *person.last_names]))


def _bibtex(key: str, entry: Entry) -> str:
    """Write the record again without the book's own fields, for readers to copy."""
    shown = Entry(
        entry.type,
        fields=[(name, value) for name, value in entry.fields.items() if name.lower() not in OWN_FIELDS],
        persons=entry.persons,
    )
    return str(_WRITER.to_string(BibliographyData({key: shown}))).strip()
