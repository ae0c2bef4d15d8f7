"""The record of a paper that comes with a new chapter: from a file, pasted, from doi.org or from arxiv.org."""

from __future__ import annotations

import difflib
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from exegesis.catalogue import Layout, Paper
from exegesis.catalogue.bibliography import is_key, read_bibliography, suggested_key
from exegesis.catalogue.bibtex import parse
from exegesis.catalogue.fixing import fix_bibliography
from exegesis.catalogue.identifiers import arxiv, doi
from exegesis.command.project import UsageError
from exegesis.fault import Fault
from exegesis.text import UnreadableError, read_text

#: Who gives a record in BibTeX: doi.org hands the question on to Crossref, DataCite and the others.
DOI = "https://doi.org/{}"
ARXIV = "https://arxiv.org/bibtex/{}"
_PASTE = "paste the record instead: exegesis new --bibtex -"
_SECONDS = 20


class FaultyRecordError(Exception):
    """The record can't be taken; the faults say why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Source:
    """Where a record comes from: the book's own by its key, or one of the others."""

    key: str = ""
    bibtex: str | None = None  # a file, or '-'
    doi: str | None = None
    arxiv: str | None = None

    def text(self) -> str:
        """Return the record in BibTeX; empty if it is the book's own.

        Raises:
            UsageError: it can't be had.
        """
        if self.bibtex == "-":
            return sys.stdin.read()
        if self.bibtex:
            try:
                return read_text(Path(self.bibtex))
            except FileNotFoundError:
                raise UsageError(f"there is no file '{self.bibtex}'; '-' reads what is pasted") from None
            except UnreadableError as error:
                raise UsageError(f"{self.bibtex}:{error.line}: {error}") from None
        if self.doi is not None:
            if not (found := doi(self.doi)):
                raise UsageError(f"'{self.doi}' is no DOI; give one such as 10.1109/5.771073")
            return _fetch(DOI.format(found))
        if self.arxiv is not None:
            if not (found := arxiv(self.arxiv)):
                raise UsageError(f"'{self.arxiv}' is no identifier of arXiv; give one such as 1412.6980")
            return _fetch(ARXIV.format(found))
        return ""


def _fetch(address: str) -> str:
    """Return what an address gives as BibTeX.

    Raises:
        UsageError: nothing, or something else.
    """
    import requests  # it takes a while, and is needed for this alone

    try:
        answer = requests.get(address, headers={"Accept": "application/x-bibtex"}, timeout=_SECONDS)
    except requests.RequestException as error:
        raise UsageError(f"{address} can't be reached ({type(error).__name__}); {_PASTE}") from None
    if answer.status_code == 404:
        raise UsageError(f"{address} is not known there; correct the identifier")
    answer.encoding = "utf-8"
    if not answer.ok or not answer.text.lstrip().startswith("@"):
        raise UsageError(f"{address} gives no BibTeX (status {answer.status_code}); {_PASTE}")
    return answer.text


@dataclass(frozen=True)
class Taken:
    """A paper, and what is to be added to the bibliography for it."""

    paper: Paper
    added: str = ""


def take(root: Path, layout: Layout, source: Source) -> Taken:
    """Find a paper among the book's records, or make it one of them; nothing is written.

    Raises:
        UsageError: there is none, or it can't be told which is meant.
        FaultyRecordError: there is one, with faults.
    """
    text = source.text()
    known = read_bibliography(root, layout)
    if not text:
        return Taken(_own(known.papers, known.faults, known.keys, source.key, layout))
    given = parse(text).records
    if len(given) != 1:
        raise UsageError(f"there are {len(given)} records in what was given; give the one of the paper")
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder)
        (alone / layout.bibliography).parent.mkdir(parents=True, exist_ok=True)
        if (root / layout.names).is_file():
            (alone / layout.names).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / layout.names, alone / layout.names)
        path = alone / layout.bibliography
        path.write_text(text, encoding="utf-8")
        key = source.key or suggested_key(read_bibliography(alone, layout).drafts[0]) or given[0].key
        if not is_key(key):
            raise UsageError(f"'{key}' is no key; name the record, such as he2016deep: exegesis new KEY ...")
        if key in known.keys:
            raise UsageError(f"the book has a record '{key}'; leave the new one out: exegesis new {key}")
        path.write_text(_with_key(text, given[0].key, key), encoding="utf-8")
        fix_bibliography(alone, layout)
        added = read_text(path).strip() + "\n"
        path.write_text(f"{_end(root / layout.bibliography)}{added}", encoding="utf-8")
        whole = read_bibliography(alone, layout)
    if key not in whole.papers or len(whole.faults) > len(known.faults):
        raise FaultyRecordError([fault for fault in whole.faults if fault not in known.faults])
    return Taken(whole.papers[key], added)


def _own(papers: dict[str, Paper], faults: list[Fault], keys: set[str], key: str, layout: Layout) -> Paper:
    if not key:
        raise UsageError("name a paper's record, or give one with --bibtex, --doi or --arxiv")
    if key in papers:
        return papers[key]
    if key in keys:
        raise FaultyRecordError([fault for fault in faults if f"'{key}'" in fault.what] or faults)
    near = difflib.get_close_matches(key, keys, n=1)
    meant = f"did you mean '{near[0]}'? " if near else ""
    raise UsageError(
        f"there is no record '{key}' in {layout.bibliography}; {meant}A new one comes with --bibtex, --doi or --arxiv"
    )


def _with_key(text: str, old: str, new: str) -> str:
    return re.sub(rf"(@\s*\w+\s*[{{(]\s*){re.escape(old)}(?=\s*,)", rf"\g<1>{new}", text, count=1)


def _end(path: Path) -> str:
    """Return the bibliography as it is, ready for one more record."""
    text = read_text(path) if path.is_file() else ""
    return f"{text.rstrip()}\n\n" if text.strip() else ""


def with_record(path: Path, added: str) -> str:
    """Return a bibliography with one more record at its end."""
    return f"{_end(path)}{added}"
