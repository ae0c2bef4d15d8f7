"""The fields of a record, declared once: what is read, shown and told, and the table for authors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One field of a record."""

    takes: str  # Markdown, for whoever writes one
    required: bool = False
    shown: bool = True  # to readers, in the record to copy and in references; else the book's own, or nobody's
    raw: bool = False  # an identifier: no TeX in it


#: Every field, by name in lower case; the table in book/contribute/reference.md is made from this.
FIELDS = {
    "title": Rule(
        "the title; braces around what keeps its case (`{MobileNetV2}`), formulas between `$`, `\\$` for the sign",
        required=True,
    ),
    "author": Rule(
        "all authors as `Last, First and Last, First`; an organisation in braces; `and others` for those left out",
        required=True,
    ),
    "year": Rule("four digits", required=True),
    "venue": Rule(
        "the short name that readers know (`ICML`); other names of it become that one, and where it follows from "
        "`booktitle` or `journal` it may be left out",
        required=True,
        shown=False,
    ),
    "booktitle": Rule("where an `@inproceedings` or `@incollection` appeared, in full"),
    "journal": Rule("where an `@article` appeared, in full; `arXiv preprint` for one that is on arXiv alone"),
    "school": Rule("where a thesis was written"),
    "institution": Rule("where a `@techreport` was written"),
    "publisher": Rule("of a `@book`; else as you like"),
    "editor": Rule("as `author`"),
    "volume": Rule("as printed"),
    "number": Rule("as printed"),
    "pages": Rule("as `4510--4520`"),
    "series": Rule("as printed"),
    "edition": Rule("as printed"),
    "chapter": Rule("as printed"),
    "month": Rule("as `jan`, without braces"),
    "address": Rule("a place"),
    "organization": Rule("who held a meeting"),
    "howpublished": Rule("in words"),
    "type": Rule("of a thesis or report, in words"),
    "note": Rule("in words"),
    "doi": Rule("as after `https://doi.org/`; an address or `doi:` before it is taken off", raw=True),
    "eprint": Rule(
        "arXiv's identifier (`1512.03385`); `arXiv:` and a version are taken off, and it is found in `url`, `journal` "
        "and `volume` too",
        raw=True,
    ),
    "archiveprefix": Rule("`arXiv`; is added where it is missing", raw=True),
    "url": Rule(
        "a page that begins with `https://` or `http://`, if neither DOI nor arXiv leads to the paper", raw=True
    ),
    "shortscience": Rule("the page of the paper's summary on shortscience.org", shown=False, raw=True),
    "dblp": Rule("the paper's key in DBLP", shown=False, raw=True),
}
#: What arXiv, DBLP, Google Scholar, ACM, Zotero, OpenReview, JabRef, Semantic Scholar and PMLR give beside them.
IGNORED = {
    *("abstract", "acmid", "annotation", "annote", "articleno", "bdsk-url-1", "bdsk-url-2", "bibsource", "biburl"),
    *("code", "collection", "comment", "copyright", "creationdate", "dataset", "date", "date-added", "date-modified"),
    *("day", "eid", "eissn", "eprintclass", "eprinttype", "eventdate", "eventtitle", "file", "groups"),
    *("internal-note", "isbn", "issn", "issue", "issue_date", "journaltitle", "keywords", "langid", "language"),
    *("lccn", "location", "mendeley-groups", "mendeley-tags", "modificationdate", "numpages", "openreview", "owner"),
    *("pagetotal", "pdf", "pmcid", "pmid", "primaryclass", "priority", "pubstate", "ranking", "readstatus", "rights"),
    *("shorttitle", "software", "sourceid", "timestamp", "titleaddon", "tldr", "urldate", "venueid", "version"),
    *("video",),
}
#: By these BibTeX takes what is missing from another record; here each is whole, to be copied by itself.
INHERITING = dict.fromkeys(("crossref", "xdata", "xref"), "copy what it needs of that record, and take the field out")
#: What a kind of record needs beside the fields that all need.
TYPES: dict[str, tuple[str, ...]] = {
    "article": ("journal",),
    "book": ("publisher",),
    "booklet": (),
    "inbook": ("booktitle", "publisher"),
    "incollection": ("booktitle",),
    "inproceedings": ("booktitle",),
    "manual": (),
    "mastersthesis": ("school",),
    "misc": (),
    "phdthesis": ("school",),
    "proceedings": (),
    "techreport": ("institution",),
    "unpublished": ("note",),
}
#: Kinds of records that other programs write.
OTHER_TYPES = {
    **{"conference": "inproceedings", "electronic": "misc", "online": "misc", "report": "techreport"},
    **{"thesis": "phdthesis", "www": "misc", "software": "misc", "dataset": "misc"},
}


def table() -> str:
    """Return the fields as a Markdown table."""
    lines = ["| field | what to write |", "|---|---|"]
    for name, rule in FIELDS.items():
        lines.append(f"| `{name}` | {rule.takes}{'; needed' if rule.required else ''} |")
    return "\n".join(lines) + "\n"
