"""The book's search: an index that a reader's browser fetches in pieces, made by Pagefind.

What is searched is written once more beside the doctrees: for each page a *record*, with the
paper's title, authors, venue, year and keywords before the text. Pagefind reads the records,
not the pages: these stay free of its attributes, the titles in their sidebars are no matches,
and what an older build left in the site's folder is not found.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from exegesis.catalogue.shelf import ORDERS
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.reading.claims import claim_domain
from exegesis.sphinxext.shelf import browse_page
from exegesis.sphinxext.theme import PART

logger = logging.getLogger(__name__)
PAGE = "search"  # where the theme's search boxes lead
FOLDER = "pagefind"
_ATTRIBUTE = "_exegesis_search"
_BUILDERS = ("html", "dirhtml")
#: What is on a page and is not its text.
IGNORED = (
    *(".page h1", ".paper-header"),  # the record has them
    *(".cell_input", ".cell_output .output"),  # code and what it prints
    "div.math",  # a formula between two paragraphs is no prose
    *(".headerlink", ".eqno", ".caption-number", ".claim-head", ".claim-checks", "[data-name=claims]"),
    *("[data-name=related-papers]", "[data-name=references]", ".citation"),  # other papers' titles and authors
    *(".gallery", ".latest", ".totals", ".map", ".map-list", ".listing-note"),  # other pages' titles
    *(".toctree-wrapper", ".tableofcontents-wrapper", ".discussion"),
)
#: Pagefind's own user interfaces; the search page has the book's.
_UNUSED = ("pagefind-*ui.*", "pagefind-highlight.js")
#: Most of a page's bytes: code, formulas for the second and third time, pictures.
_BULK = re.compile(
    r"<pre\b.*?</pre>|<annotation\b.*?</annotation>|<svg\b.*?</svg>|<img\b[^>]*>|<span class=\"katex-html\"", re.DOTALL
)
_SPAN = re.compile(r"<(/?)span\b")
_SIGNATURE = b"pagefind_dcd"
_SECTION = re.compile(r'<section\b[^>]*?\bid="([^"]+)"[^>]*>((?:\s|<span id="[^"]*"></span>)*)<(h[2-6])>')


@dataclass
class Search:
    """How far the search of this build has come."""

    wanted: bool = False
    index: subprocess.Popen[str] | None = None  # Pagefind, from when all records are written
    fault: str = ""  # why there is none

    def stop(self) -> None:
        """End Pagefind where nobody waits for it any more."""
        if self.index and self.index.poll() is None:
            self.index.kill()
            self.index.wait()


def search_of(app: Sphinx) -> Search:
    """Return the state of this build's search."""
    search = getattr(app, _ATTRIBUTE)
    assert isinstance(search, Search)
    return search


def _replace_search(app: Sphinx, *args: Any) -> None:
    """Take over from Sphinx, unless this build has no search: the preview of a chapter."""
    builder: Any = app.builder
    search = search_of(app)
    search.wanted = app.config.exegesis_search and builder.name in _BUILDERS and builder.search
    if search.wanted:
        builder.search = False


def _records(app: Sphinx) -> Path:
    return Path(app.doctreedir, "exegesis-search")


def _record(app: Sphinx, docname: str) -> Path:
    """Return where a page's record stands: as its page does in the site, whence Pagefind has the address."""
    builder: Any = app.builder
    return _records(app) / Path(builder.get_outfilename(docname)).relative_to(app.outdir)


def _write_record(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if not search_of(app).wanted or doctree is None:
        return
    record = _record(app, pagename)
    if _is_listing(app, pagename):
        record.unlink(missing_ok=True)  # it has nothing that the chapters do not have
        return
    book = book_of(app)
    summary = book.summary(pagename)
    text = book.render(
        "search-record.html",
        language=app.config.language or "en",
        title=app.env.titles[pagename].astext(),
        summary=summary,
        paper=summary and book.catalogue.papers[summary.paper],
        body=_text(context["body"]),
    )
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(text, encoding="utf-8")


def _text(body: str) -> str:
    """Return what is to be searched of a page's body; the rest would make it several times as long."""
    kept, at = [], 0
    while found := _BULK.search(body, at):
        kept.append(body[at : found.start()])
        at = found.end()
        if found[0].startswith("<span"):
            at = _end_of_span(body, found.start())
    kept.append(body[at:])
    # Pagefind knows a section by the id of its heading.
    return _SECTION.sub(r'<section data-name="\1">\2<\3 id="\1">', "".join(kept))


def _end_of_span(body: str, at: int) -> int:
    depth = 0
    for tag in _SPAN.finditer(body, at):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return body.index(">", tag.end()) + 1
    return len(body)


def _is_listing(app: Sphinx, docname: str) -> bool:
    return any(kind in (*ORDERS, "claims") for kind in claim_domain(app).listings.get(docname, []))


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if not search_of(app).wanted:
        return
    _start_index(app)  # Sphinx asks for further pages when it has written any; there is more to do meanwhile
    places = [(kind, page) for kind in ORDERS if (page := browse_page(app, kind))]
    context = {
        "title": "Search",
        "body": book_of(app).render(
            "search.html", browse=[(kind, app.builder.get_relative_uri(PAGE, page)) for kind, page in places]
        ),
        "meta": {"html_theme.sidebar_secondary.remove": True},
        "description": "Search the book's chapters by words, titles, authors, venues and years.",
    }
    yield PAGE, context, "page.html"


def _add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if pagename == PAGE and search_of(app).wanted:  # for this page alone
        app.add_css_file("search.css", priority=PART)
        app.add_js_file("search.js", loading_method="defer")


def _start_index(app: Sphinx) -> None:
    """Let Pagefind begin with an index of the records."""
    search, records, index = search_of(app), _records(app), _new_index(app)
    for stale in set(records.rglob("*.html")) - {_record(app, docname) for docname in app.env.found_docs}:
        stale.unlink()
    shutil.rmtree(index, ignore_errors=True)
    try:
        from pagefind_bin import get_executable

        command = [str(get_executable()), "--silent", "--site", str(records), "--output-path", str(index)]
        for selector in IGNORED:
            command += ["--exclude-selectors", selector]
        search.index = subprocess.Popen(
            command, cwd=records, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except (ImportError, FileNotFoundError):
        search.fault = "Pagefind is not installed; run 'make book', or set exegesis_search: false"
    except OSError as failure:
        search.fault = f"Pagefind could not be run: {failure}"


def _new_index(app: Sphinx) -> Path:
    return _records(app).with_name(_records(app).name + ".new")


def _write_index(app: Sphinx, error: Exception | None) -> None:
    """Put the index in its place when Pagefind has made it."""
    search, target = search_of(app), Path(app.outdir, FOLDER)
    if error:
        search.stop()
        return
    if search.wanted and not search.index and not search.fault and not target.exists():
        _start_index(app)
    if search.index:
        said = " ".join(search.index.communicate()[0].split())
        if search.index.returncode or not (_new_index(app) / "pagefind.js").exists():
            search.fault = f"Pagefind failed (status {search.index.returncode}): {said or 'it said nothing'}"
    if search.fault:
        logger.warning(f"{search.fault}; the book has no search", type="exegesis", subtype="search")
    elif search.index:
        _take_index(_new_index(app), target)


def _take_index(new: Path, target: Path) -> None:
    for pattern in _UNUSED:
        for file in new.glob(pattern):
            file.unlink()
    _sort_filters(new)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(new, target)


def _sort_filters(index: Path) -> None:
    """Put filters and their values in order: Pagefind writes them in another one at each run.

    The files are gzip, a signature, and CBOR. A filter is [name, [[value, [page, ...]], ...]];
    the fourth part of the metadata is [[name of a filter, its file], ...]. Files have their
    names from what they hold, so that what names them is to be written anew as well.
    """
    names: dict[bytes, bytes] = {}
    start = len(_SIGNATURE) + 1  # of the first part, behind the head of the whole
    for file in sorted((index / "filter").glob("*.pf_filter")):
        data = gzip.decompress(file.read_bytes())
        _store(file, _sort_items(data, _end_of_item(data, start)), names)
    for file in sorted(index.glob("*.pf_meta")):
        data = _rename(gzip.decompress(file.read_bytes()), names)
        at = start
        for _ in range(3):
            at = _end_of_item(data, at)
        _store(file, _sort_items(data, at), names)
    entry = index / "pagefind-entry.json"
    entry.write_bytes(_rename(entry.read_bytes(), names))


def _rename(data: bytes, names: dict[bytes, bytes]) -> bytes:
    for old, new in names.items():
        data = data.replace(old, new)
    return data


def _sort_items(data: bytes, at: int) -> bytes:
    """Sort the items of the CBOR array that begins here."""
    begin, number = _end_of_head(data, at)
    ends = [begin]
    for _ in range(number):
        ends.append(_end_of_item(data, ends[-1]))
    items = sorted(data[one:other] for one, other in itertools.pairwise(ends))
    return data[:begin] + b"".join(items) + data[ends[-1] :]


def _store(file: Path, data: bytes, names: dict[bytes, bytes]) -> None:
    """Write a file of the index anew, under a name of the same length."""
    old = file.stem.rpartition(".")[2]  # 'en_49ee191', of 'en_49ee191.pf_filter' and 'pagefind.en_49ee191.pf_meta'
    language, _, digest = old.rpartition("_")
    new = f"{language}_{hashlib.sha256(data).hexdigest()[: len(digest)]}"
    names[old.encode()] = new.encode()
    file.unlink()
    file.with_name(file.name.replace(old, new)).write_bytes(gzip.compress(data, mtime=0))


def _end_of_head(data: bytes, at: int) -> tuple[int, int]:
    """Return where the head of a CBOR item ends, and the number in it."""
    number = data[at] & 31
    if number < 24:
        return at + 1, number
    end = at + 1 + (1 << number - 24)
    return end, int.from_bytes(data[at + 1 : end])


def _end_of_item(data: bytes, at: int) -> int:
    """Return where a CBOR item ends: an array (4), a text (3) or a number."""
    kind = data[at] >> 5
    at, number = _end_of_head(data, at)
    if kind == 4:
        for _ in range(number):
            at = _end_of_item(data, at)
    return at + number if kind == 3 else at


def setup(app: Sphinx) -> None:
    """Register the setting, the search page and the making of the index."""
    setattr(app, _ATTRIBUTE, Search())
    app.add_config_value("exegesis_search", True, "html", [bool])
    app.connect("env-before-read-docs", _replace_search)
    app.connect("html-page-context", _write_record)
    app.connect("html-page-context", _add_script)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write_index, priority=900)  # after whatever else is to be written
