"""What is searched: a *record* of each page, written once more beside the doctrees.

It has the paper's title, authors, venue, year and keywords before the page's text. The index is made
of the records, not of the pages: these stay free of Pagefind's attributes, the titles in their sidebars
are no matches, and what an older build left in the site's folder is not found.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from exegesis.catalogue.shelf import ORDERS
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.reading.maths import Macros, macros_of
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.titles import formula_text, title_text

#: What is on a page and is not its text.
IGNORED = (
    *(".page h1", ".paper-header"),  # the record has them
    *(".cell_input", ".cell_output .output"),  # code and what it prints
    "div.math",  # a formula between two paragraphs is no prose
    *(".headerlink", ".eqno", ".caption-number", ".claim-head", ".claim-checks", ".claim-doubt", "[data-name=claims]"),
    *("[data-name=related-papers]", "[data-name=references]", ".citation"),  # other papers' titles and authors
    *(".gallery", ".latest", ".totals", ".map", ".map-list", ".corrections", ".listing-note"),  # other pages' words
    *(".toctree-wrapper", ".tableofcontents-wrapper", ".discussion"),
)
#: Most of a page's bytes: code, formulas for the second and third time, pictures.
_BULK = re.compile(r"<(?P<name>pre|annotation|svg|img)\b|<span class=\"katex-html\"")
_TAG = re.compile(r"<[^>]*>")
_HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{4,}")
_SPAN = re.compile(r"<(/?)span\b")
_TITLE = re.compile(r"<h[2-6]\b(?:(?!<h[2-6]\b).)*?</h[2-6]>", re.DOTALL)
_FORMULA = re.compile(
    r'<span class="math[^>]*>(?:(?!</math>|<span class="math).)*?'
    r'<annotation encoding="application/x-tex">(?P<tex>[^<]*)',
    re.DOTALL,
)
_SECTION = re.compile(r'<section\b[^<>]*?\bid="([^"]+)"[^<>]*>((?:\s|<span id="[^"]*"></span>)*)<(h[2-6])>')


def records_folder(app: Sphinx) -> Path:
    """Return where the records are."""
    return Path(app.doctreedir, "exegesis-search")


def find_records(app: Sphinx) -> list[str]:
    """Return the names of the records in their folder, sorted; remove those of pages that are no more."""
    folder = records_folder(app)
    wanted = {_record(app, docname) for docname in app.env.found_docs}
    found = set(folder.rglob("*.html"))
    for stale in found - wanted:
        stale.unlink()
    return sorted(record.relative_to(folder).as_posix() for record in found & wanted)


def words_of(app: Sphinx) -> bytes:
    """Return the words of titles, names, TL;DRs and headings, as JSON: what a reader may have meant."""
    found: set[str] = set()
    for name in find_records(app):
        record = (records_folder(app) / name).read_text(encoding="utf-8")
        told = [record.partition('<div class="page">')[0], *(each[1] for each in _HEADING.finditer(record))]
        text = html.unescape(_TAG.sub(" ", " ".join(told)))
        bare = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
        found.update(_WORD.findall(bare.lower()))
    return json.dumps(sorted(found), ensure_ascii=False, separators=(",", ":")).encode()


def write_record(app: Sphinx, docname: str, body: str) -> None:
    """Write the record of a page with this body; leave the one that is there if it is the same."""
    record = _record(app, docname)
    if _is_listing(app, docname):
        record.unlink(missing_ok=True)  # it has nothing that the chapters do not have
        return
    book = book_of(app)
    summary = book.summary(docname)
    text = book.render(
        "search-record.html",
        language=app.config.language or "en",
        title=title_text(app, docname),
        summary=summary,
        paper=summary and book.catalogue.papers[summary.paper],
        body=_text(body, macros_of(app.config)),
    ).encode()
    record.parent.mkdir(parents=True, exist_ok=True)
    if not record.exists() or record.read_bytes() != text:
        record.write_bytes(text)


def _record(app: Sphinx, docname: str) -> Path:
    """Return where a page's record stands: as its page does in the site, whence Pagefind has the address."""
    builder: Any = app.builder
    return records_folder(app) / Path(builder.get_outfilename(docname)).relative_to(app.outdir)


def _is_listing(app: Sphinx, docname: str) -> bool:
    return any(kind in (*ORDERS, "claims") for kind in records_of(app.env).listings.get(docname, []))


def _text(body: str, macros: Macros = ()) -> str:
    """Return what is to be searched of a page's body; the rest would make it several times as long."""
    body = _TITLE.sub(lambda found: _with_formulas_told(found[0], macros), body)
    kept, at = [], 0
    endless: set[str] = set()  # of these none is closed any more
    for found in _BULK.finditer(body):
        if found.start() < at or found["name"] in endless:
            continue
        if found["name"] is None:
            end = _end_of_span(body, found.start())
        else:
            closing = ">" if found["name"] == "img" else f"</{found['name']}>"
            end = body.find(closing, found.end()) + len(closing)
            if end < len(closing):
                endless.add(found["name"])
                continue
        kept.append(body[at : found.start()])
        at = end
    kept.append(body[at:])
    # Pagefind knows a section by the id of its heading.
    return _SECTION.sub(r'<section data-name="\1">\2<\3 id="\1">', "".join(kept))


def _with_formulas_told(heading: str, macros: Macros) -> str:
    """Return a heading with its formulas as text: it is what a reader is shown of a section that was found."""
    parts, at = [], 0
    for found in _FORMULA.finditer(heading):
        if found.start() >= at:
            parts += [heading[at : found.start()], html.escape(formula_text(html.unescape(found["tex"]), macros))]
            at = _end_of_span(heading, found.start())
    return "".join([*parts, heading[at:]])


def _end_of_span(body: str, at: int) -> int:
    depth = 0
    for tag in _SPAN.finditer(body, at):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return body.index(">", tag.end()) + 1
    return len(body)
