"""references.bib, read once into `Paper` records, and into entries for the styles of citations."""

from __future__ import annotations

import datetime
import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pybtex.bibtex.utils import split_name_list
from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer

from exegesis.dates import Days
from exegesis.fault import Fault, Kind, closest

from .bibtex import parse
from .cleaning import Draft, clean
from .fields import FIELDS, IGNORED, INHERITING, OTHER_TYPES, TYPES
from .markup import told_markup
from .model import Layout, Paper
from .names import Known, Names, NamesError, fold, full_name, read_names, short_for, surname, with_others
from .tex import TexError, plain, readable
from .venues import OneName, one_name, read_own

_WRITER = Writer()  # by its name pybtex would look through every installed package for it, each time
_OTHERS = "others"
_SPELT = {"archiveprefix": "archivePrefix"}
_KEY = re.compile(r"^[a-z]+[0-9]{4}[a-z0-9]*$")
_YEAR = re.compile(r"(?:1[5-9]|2[0-9])[0-9]{2}")


@dataclass(frozen=True)
class Bibliography:
    """What a BibTeX file gave."""

    papers: dict[str, Paper] = field(default_factory=dict)  # by key; records with a fault are left out
    keys: set[str] = field(default_factory=set)  # of all records, faulty ones too
    faults: list[Fault] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)  # by key; of all records, so that citations find them
    unread: list[Fault] = field(default_factory=list)  # those of the faults that any BibTeX file would have
    drafts: list[Draft] = field(default_factory=list)  # the records made clean


def read_bibliography(root: Path, layout: Layout = Layout()) -> Bibliography:
    """Read a book's BibTeX file, and its own list of venues and authors if it has one.

    Args:
        root: the book's root.
        layout: where the two are under it.
    """
    name = layout.bibliography
    try:
        text = read_text(root / name)
    except FileNotFoundError:
        return _unread(name, 1, "the file is missing", "every paper's record stands there; restore it")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} (0x{error.object[error.start]:02x}) is no UTF-8"
        return _unread(name, line, what, "save the file as UTF-8")
    except OSError as error:
        return _unread(name, 1, f"the file can't be read: {error.strerror}", "look at its rights")
    own, wrong = read_own(root / layout.names)
    found = _read(name, text, layout.names, json.dumps(own))
    faults = [*found.faults, *_to_come(found, name, root)]
    if wrong:
        faults.append(Fault(layout.names, *wrong, Kind.RECORD.code))
    return replace(found, faults=faults)


@functools.lru_cache(maxsize=1)  # the live preview reads in advance what it will be asked for
def _read(name: str, text: str, names: str, own: str) -> Bibliography:
    """Read what a BibTeX file and a list of names, as JSON, say; the result is not to be changed."""
    return _Reading(name, one_name(json.loads(own), names)).read(text)


def _to_come(found: Bibliography, name: str, root: Path) -> Iterator[Fault]:
    """Tell of papers of years still to come; proceedings of the next one are printed in this."""
    days = Days(root)
    for draft in found.drafts:
        year = draft.values.get("year", "")
        if _YEAR.fullmatch(year) and days.to_come(datetime.date(int(year) - 1, 1, 1), root / name):
            what = f"'{draft.record.key}' has the year {year}, which is still to come"
            yield _fault(name, draft.line("year"), what, "write the year in which it appeared")


def _fault(name: str, line: int, what: str, mend: str) -> Fault:
    return Fault(name, line, what, mend, Kind.RECORD.code)


def read_text(path: Path) -> str:
    """Return a file's text with its ends of lines as they are, without a mark at its beginning."""
    return path.read_bytes().decode("utf-8-sig")


def _unread(name: str, line: int, what: str, mend: str) -> Bibliography:
    faults = [Fault(name, line, what, mend, Kind.RECORD.code)]
    return Bibliography(faults=faults, unread=faults)


class _Reading:
    """One reading of a file."""

    def __init__(self, name: str, names: OneName) -> None:
        self.name = name
        self.names = names
        self.found = Bibliography()

    def read(self, text: str) -> Bibliography:
        parsed, found = parse(text), self.found
        found.unread.extend(self._fault(each.line, each.what, each.mend) for each in parsed.problems)
        first: dict[str, int] = {}
        whole: list[tuple[Draft, dict[str, Names]]] = []
        for record in parsed.records:
            if (own := record.key.lower()) in first:  # BibTeX compares keys so
                what = f"the key '{record.key}' stands at line {first[own]} too"
                found.unread.append(self._fault(record.line, what, "keep one of the two records"))
                continue
            first[own] = record.line
            draft = clean(record, self.names)
            people = self._check(draft)
            found.keys.add(record.key)
            found.drafts.append(draft)
            found.entries[record.key] = _entry(draft, people)
            found.faults.extend(self._fault(*each) for each in draft.faults)
            if not record.broken and not draft.faults:
                whole.append((draft, people))
        found.faults.extend(found.unread)
        for draft, people in whole:
            found.papers[draft.record.key] = _paper(draft, people["author"], self.names)
        found.faults.extend(self._same_papers(whole))
        found.faults.extend(self._same_authors(whole))
        return found

    def _fault(self, line: int, what: str, mend: str) -> Fault:
        return _fault(self.name, line, what, mend)

    def _check(self, draft: Draft) -> dict[str, Names]:
        """Tell what is wrong in a record; return the persons in it, by role."""
        record, values, key = draft.record, draft.values, draft.record.key
        if not is_key(key):
            near = suggested_key(draft)
            wanted = "use first author, year, first word of the title" + (f": '{near}'" if near else "")
            draft.faults.append((record.line, f"the key '{key}' is not like 'he2016deep'", wanted))
        kind = OTHER_TYPES.get(record.type, record.type)
        if kind not in TYPES:
            near = closest(record.type, TYPES)
            draft.faults.append((record.line, f"there is no kind of record '@{record.type}'", near))
        for name in record.fields:
            if name not in FIELDS and name not in IGNORED:
                near = INHERITING.get(name, f"{closest(name, FIELDS)} correct its name or take it out")
                draft.tell(name, f"'{key}' has a field '{name}' that nobody reads", near)
        people = self._people(draft)
        if not (record.broken or INHERITING.keys() & record.fields):  # what was not read is not missing
            needed = [name for name, rule in FIELDS.items() if rule.required]
            for name in (*needed, *TYPES.get(kind, ())):
                if name not in values and name not in record.fields:
                    example = "Last, First and Last, First" if name == "author" else "..."
                    draft.tell(name, f"'{key}' has no {name}", f"add '{name} = {{{example}}}'")
                elif name not in values and not record.fields[name].value:
                    draft.tell(name, f"'{key}' has an empty {name}", "fill it in")
        if "year" in values and not _YEAR.fullmatch(values["year"]):
            draft.tell("year", f"'{key}' has the year '{values['year']}'", "write four digits, such as 2016")
        for name in [
            name for name in values if name in FIELDS and not FIELDS[name].raw and name not in Person.valid_roles
        ]:
            try:
                if not (text := plain(values[name])).strip():
                    raise TexError("nothing of it can be read")
                self._look(draft, name, text)
            except TexError as error:
                draft.tell(name, f"'{name}': {error}", "write the character itself, or leave it out")
                del values[name]
        return people

    def _people(self, draft: Draft) -> dict[str, Names]:
        people = {}
        for role in Person.valid_roles:
            if role not in draft.values:
                continue
            try:
                people[role] = read_names(draft.values[role])
                self._look(draft, role, "; ".join(map(full_name, people[role].persons)))
            except NamesError as error:
                draft.tell(role, f"'{role}': {error}", error.mend)
            except TexError as error:
                draft.tell(role, f"'{role}': {error}", "write the character itself")
        return people

    def _look(self, draft: Draft, name: str, text: str) -> None:
        """Tell of markup, with which a record is one all the same."""
        if found := told_markup(text):
            self.found.faults.append(self._fault(draft.line(name), f"'{name}' {found[0]}", found[1]))

    def _same_papers(self, drafts: list[tuple[Draft, dict[str, Names]]]) -> Iterator[Fault]:
        seen: dict[tuple[str, str], Draft] = {}
        for draft, by_role in drafts:
            people = by_role["author"].persons
            named = [draft.text("title"), draft.values["year"], *map(full_name, people)]
            same = draft.values | {"title": fold(" ".join(named))}
            for name in [name for name in ("doi", "eprint", "title") if name in same]:
                first = seen.setdefault((name, same[name].lower()), draft)
                if first is not draft:
                    what = f"'{first.record.key}' at line {first.record.line} has this {name} too"
                    yield self._fault(draft.line(name), what, "keep one of the two records, or correct it")
                    break

    def _same_authors(self, drafts: list[tuple[Draft, dict[str, Names]]]) -> Iterator[Fault]:
        """Tell of names that may be another's in short."""
        known: dict[str, dict[str, Known]] = defaultdict(dict)
        for draft, people in drafts:
            line = draft.record.fields["author"].line
            for person in people["author"].persons:
                name = full_name(person)
                given = tuple(map(plain, [*person.first_names, *person.middle_names]))
                known[fold(surname(person))].setdefault(name, Known(name, given, line))
        for group in known.values():
            for short in group.values():
                long = next((each for each in group.values() if short_for(short, each)), None)
                if long and short.name not in self.names.authors:
                    what = f"'{short.name}' may be '{long.name}' of line {long.line}"
                    mend = (
                        f"write one name; or add '{short.name}: []' to 'authors:' in {self.names.file} if they are two"
                    )
                    yield self._fault(short.line, what, mend)


def suggested_key(draft: Draft) -> str:
    """Return a key for a record, from what it says; empty if that does not say it."""
    try:
        author = surname(read_names(draft.values.get("author", "")).persons[0])
    except ValueError:
        return ""
    words = [re.sub(r"[^a-z0-9]", "", fold(word)) for word in draft.text("title").split()]
    word = next((word for word in words if word not in ("", "a", "an", "the", "on")), "")
    key = re.sub(r"[^a-z]", "", fold(author)) + draft.values.get("year", "") + word
    return key if is_key(key) else ""


def is_key(text: str) -> bool:
    """Say whether a record may be known by this."""
    return _KEY.match(text) is not None


def _paper(draft: Draft, authors: Names, names: OneName) -> Paper:
    values = draft.values
    written = map(full_name, authors.persons)
    return Paper(
        key=draft.record.key,
        title=plain(values["title"]),
        authors=tuple(names.authors.get(each, each) for each in written),  # one name in the whole book
        surnames=tuple(map(surname, authors.persons)),
        more_authors=authors.more,
        venue=plain(values["venue"]),
        year=int(values["year"]),
        kind=OTHER_TYPES.get(draft.record.type, draft.record.type),
        doi=values.get("doi"),
        arxiv=values.get("eprint") if values.get("archiveprefix") == "arXiv" else None,
        url=values.get("url"),
        shortscience=values.get("shortscience"),
        bibtex=_bibtex(draft, authors),
    )


def _bibtex(draft: Draft, authors: Names) -> str:
    """Write the record again for readers to copy: clean, and without what is the book's own."""
    written = {name.lower(): there.name for name, there in draft.record.fields.items()}
    fields = [(written.get(name, _SPELT.get(name, name)), value) for name, value in _shown(draft)]
    others = [Person(_OTHERS)] if authors.more else []
    persons = {"author": [*authors.persons, *others]}
    if "editor" in draft.values:
        persons["editor"] = list(map(Person, split_name_list(draft.values["editor"])))
    entry = Entry(OTHER_TYPES.get(draft.record.type, draft.record.type), fields=fields, persons=persons)
    return str(_WRITER.to_string(BibliographyData({draft.record.key: entry}))).strip()


def _shown(draft: Draft) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in draft.values.items()
        if name in FIELDS and FIELDS[name].shown and name not in Person.valid_roles
    ]


def _entry(draft: Draft, people: dict[str, Names]) -> Entry:
    """Return what the styles of citations take: all that they ask of its kind, and nothing that they fail on."""
    fields = {name: value if FIELDS[name].raw else readable(value) for name, value in _shown(draft)}
    if draft.values.get("archiveprefix") != "arXiv":
        fields.pop("eprint", None)  # they would link any to arXiv
    kind = OTHER_TYPES.get(draft.record.type, draft.record.type)
    needs = [*(name for name, rule in FIELDS.items() if rule.required and rule.shown), *TYPES.get(kind, ("",))]
    if any(name not in fields and name not in people for name in needs):
        kind = "misc"  # told; its citations are not
        fields.setdefault("title", draft.record.key)
    persons = {
        role: with_others(names.persons) if names.more else list(names.persons) for role, names in people.items()
    }
    entry = Entry(kind, fields=list(fields.items()), persons=persons)
    entry.key = draft.record.key
    return entry
