"""Every link within the finished site leads somewhere.

Sphinx checks what authors refer to, not what pages link: an address in raw HTML, in a template
or in a picture of another extension. So the pages are looked through once more when all is
written: those that were written since the last time, their links and those of all others.
"""

from __future__ import annotations

import html
import json
import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from sphinx.application import Sphinx

from exegesis.execution.notebook import IPYNB, read_file
from exegesis.fault import Kind
from exegesis.manifest import pdf_file
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import faults_of, tell

from .pdfs import offered

#: Those that write a site of pages.
BUILDERS = ("html", "dirhtml")
#: Folders of the site whose HTML is not the book's.
_NO_PAGES = ("_static/", "_sources/", "_downloads/", "_images/", "_outputs/", "pagefind/")
# A parser of HTML needs eight seconds for the seven megabytes of a small book, this a tenth of one.
_ATTRIBUTE = re.compile(
    r"""\s(href|src|action|data-notebook|id|name)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE
)
_SCRIPT = re.compile(r"(<script\b[^>]*>).*?(?:</script>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/", re.IGNORECASE)  # another site, or another folder of the host


@dataclass(frozen=True)
class Page:
    """What the check remembers of a page."""

    version: tuple[int, int]  # time and size of its file
    links: tuple[tuple[str, str, str], ...]  # file of the site, place in it, the link as it is written
    places: frozenset[str]


@dataclass(frozen=True)
class DeadLink:
    """A link that leads nowhere."""

    page: str  # file of the site
    link: str
    why: str


def read_page(name: str, text: str, version: tuple[int, int] = (0, 0)) -> Page:
    """Find the links and places of a page; ``name`` is its file, from the site's root."""
    links, places = set[str](), set[str]()
    text = _SCRIPT.sub(r"\1", text)
    tag = end = -1  # of the last tag, as far as it is known
    at = 0
    for found in _ATTRIBUTE.finditer(text):
        tag = max(tag, text.rfind("<", at, found.start()))
        end = max(end, text.rfind(">", at, found.start()))
        at = found.start()
        if tag <= end:
            continue  # between two tags: it is prose
        value = html.unescape(next(group for group in found.groups()[1:] if group is not None))
        attribute = found[1].lower()
        if attribute == "id" or (attribute == "name" and text[tag : tag + 3].lower() == "<a "):
            places.add(value)
        elif attribute != "name" and value and not _ELSEWHERE.match(value):
            links.add(value)
    return Page(version, tuple((*_aim(name, link), link) for link in sorted(links)), frozenset(places))


def _aim(name: str, link: str) -> tuple[str, str]:
    """Return the file and the place in it that a link on a page aims at."""
    path, _, place = link.partition("#")
    path = unquote(path.partition("?")[0])
    file = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    return file, unquote(place.partition(":~:")[0])


def dead_links(pages: dict[str, Page], files: set[str]) -> Iterator[DeadLink]:
    """Yield the links that lead nowhere, page by page."""
    for name, page in sorted(pages.items()):
        for file, place, link in page.links:
            target = file if file in files else posixpath.normpath(posixpath.join(file, "index.html"))
            if target.startswith("../"):
                continue  # beside the site: not ours to know
            if target not in files:
                yield DeadLink(name, link, f"there is no '{file}' in the site")
            elif place not in ("", "top") and target in pages and place not in pages[target].places:
                yield DeadLink(name, link, f"'{target}' has no place '{place}'")


def read_site(site: Path, known: dict[str, Page]) -> tuple[dict[str, Page], set[str]]:
    """Read the pages that differ from the known ones; return all pages, and the names of all files."""
    pages, files = dict[str, Page](), set[str]()
    for folder, _, names in os.walk(site):
        for path in (Path(folder, name) for name in names):
            name = path.relative_to(site).as_posix()
            files.add(name)
            if path.suffix == ".html" and not name.startswith(_NO_PAGES):
                status = path.stat()
                version = (status.st_mtime_ns, status.st_size)
                old = known.get(name)
                same = old is not None and old.version == version
                pages[name] = old if old and same else read_page(name, path.read_text(encoding="utf-8"), version)
    return pages, files


def _memory(app: Sphinx) -> Path:
    return Path(app.doctreedir, "exegesis-links.json")


def _remembered(app: Sphinx) -> dict[str, Page]:
    try:
        kept = json.loads(_memory(app).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {
        name: Page(tuple(version), tuple(map(tuple, links)), frozenset(places))
        for name, (version, links, places) in kept.items()
    }


def _check(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name not in BUILDERS or book_of(app).preview:
        return
    known = _remembered(app)
    pages, files = read_site(Path(app.outdir), known)
    files |= set(map(pdf_file, offered(app)))  # they may come later
    if pages != known:
        kept = {name: (page.version, page.links, sorted(page.places)) for name, page in pages.items()}
        _memory(app).write_text(json.dumps(kept), encoding="utf-8")
    documents = {_file(app, docname): docname for docname in app.env.found_docs}
    faulty = frozenset(faults_of(app).documents)  # a link that Sphinx could not resolve is told already
    for dead in dead_links(pages, files):
        docname = documents.get(dead.page)
        if docname in faulty:
            continue
        what = f"the link to '{dead.link}' leads nowhere: {dead.why}"
        if docname is None:
            what = f"on the page {dead.page} {what}"
        where = (docname, _line(app, docname, dead.link)) if docname else None
        tell(Kind.LINK, what, "correct it, or add what it leads to", where)


def _file(app: Sphinx, docname: str) -> str:
    path: str = app.builder.get_outfilename(docname)  # type: ignore[attr-defined]
    return Path(path).relative_to(app.outdir).as_posix()


def _line(app: Sphinx, docname: str, link: str) -> int:
    """Return the line of the page's source that has the link, or the first: it may come from a template.

    Of an .ipynb it is the number of the cell, or 0.
    """
    path = Path(app.env.doc2path(docname))
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == IPYNB:
        notebook = read_file(path, text)
        parts, none = [cell.source for cell in notebook.cells] if notebook else [], 0
    else:
        parts, none = text.splitlines(), 1
    return next((number for number, part in enumerate(parts, start=1) if link in part), none)


def setup(app: Sphinx) -> None:
    """Check the links when all files are there, and before the faults are counted."""
    app.connect("build-finished", _check, priority=950)
