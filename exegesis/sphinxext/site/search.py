"""The book's search: a page that asks, and an index that a reader's browser fetches in pieces, made by Pagefind."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.catalogue.shelf import ORDERS
from exegesis.fault import Kind
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.pagefind import Pagefind, PagefindError, pagefind_version
from exegesis.sphinxext.shelf import browse_page
from exegesis.sphinxext.site.search_records import IGNORED, find_records, records_folder, words_of, write_record
from exegesis.sphinxext.state import once_a_build
from exegesis.sphinxext.theme import PART

PAGE = "search"  # where the theme's search boxes lead
FOLDER = "pagefind"
WORDS = "words.json"  # in that folder: for a slip of a letter
_BUILDERS = ("html", "dirhtml")
#: Pagefind's own user interfaces; the search page has the book's.
_UNUSED = re.compile(r"pagefind-.*ui\..*|pagefind-highlight\.js")


@dataclass
class Search:
    """How far the search of this build has come."""

    wanted: bool = False
    index: Pagefind | None = None  # at work, from when all records are written
    state: str = ""  # of what it works on
    fault: str = ""  # why there is none

    def stop(self) -> None:
        """End Pagefind where nobody waits for it any more."""
        if self.index:
            self.index.stop()


@once_a_build
def search_of(app: Sphinx) -> Search:
    """Return the state of this build's search."""
    return Search()


def _replace_search(app: Sphinx, *args: Any) -> None:
    """Take over from Sphinx, unless this build has no search: the preview of a chapter."""
    builder: Any = app.builder
    search = search_of(app)
    search.wanted = app.config.exegesis_search and builder.name in _BUILDERS and builder.search
    if search.wanted:
        builder.search = False


def _write_record(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if search_of(app).wanted and doctree is not None:
        write_record(app, pagename, context["body"])


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if not search_of(app).wanted:
        return
    _renew_index(app)  # Sphinx asks for further pages when all others are written; there is more to do meanwhile
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
    context["exegesis_quick_search"] = search_of(app).wanted
    if pagename == PAGE and search_of(app).wanted:  # for this page alone
        app.add_css_file("search.css", priority=PART)
        app.add_js_file("search.js", loading_method="defer")


def _index(app: Sphinx) -> Path:
    return Path(app.outdir, FOLDER)


def _indexed(app: Sphinx) -> Path:
    """Return the file that says of what the index in the site is."""
    folder = records_folder(app)
    return folder.with_name(f"{folder.name}.indexed")


def _renew_index(app: Sphinx) -> None:
    """Let Pagefind begin, unless the index is of these very records."""
    search, indexed, names = search_of(app), _indexed(app), find_records(app)
    statuses = [(records_folder(app) / name).stat() for name in names]
    versions = [(name, each.st_size, each.st_mtime_ns) for name, each in zip(names, statuses, strict=True)]
    try:
        search.state = hashlib.sha256(repr([pagefind_version(), IGNORED, WORDS, versions]).encode()).hexdigest()
        if indexed.exists() and indexed.read_text(encoding="utf-8") == search.state and _index(app).exists():
            return
        indexed.unlink(missing_ok=True)
        _start_index(app, names)
    except (ImportError, FileNotFoundError):
        search.fault = "Pagefind is not installed; run 'make book', or set exegesis_search: false"
    except OSError as failure:
        search.fault = f"Pagefind could not be run: {failure}"


def _start_index(app: Sphinx, names: list[str]) -> None:
    records_folder(app).mkdir(parents=True, exist_ok=True)
    search_of(app).index = Pagefind(records_folder(app), names, IGNORED)


def _write_index(app: Sphinx, error: Exception | None) -> None:
    """Put the index in its place when Pagefind has made it."""
    search = search_of(app)
    if error:
        search.stop()
        return
    if search.wanted and not search.state:  # no page was written
        _renew_index(app)
    if search.index:
        try:
            _write_files(search.index.finish() | {WORDS: words_of(app)}, _index(app))
            _indexed(app).write_text(search.state, encoding="utf-8")
        except PagefindError as failure:
            search.fault = str(failure)
    if search.fault:
        tell(Kind.SEARCH, f"{search.fault}; the book has no search", "", None)


def _write_files(files: dict[str, bytes], folder: Path) -> None:
    """Make the folder hold these files; those that it has are left, so that they need not be published again."""
    wanted = {folder / name: data for name, data in files.items() if not _UNUSED.fullmatch(name)}
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, data in wanted.items():
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def setup(app: Sphinx) -> None:
    """Register the search page and the making of the index."""
    app.connect("env-before-read-docs", _replace_search)
    app.connect("html-page-context", _write_record)
    app.connect("html-page-context", _add_script)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write_index, priority=900)  # after whatever else is to be written
