"""The book being built: its catalogue, and which chapters are not to be run again here."""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from exegesis.catalogue import Catalogue, Layout, Summary, load_catalogue
from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.catalogue.shelf import Group, shelve
from exegesis.execution import Failure, Store
from exegesis.kernel.environment import set_environment
from exegesis.paths import store_path

logger = logging.getLogger(__name__)
_ATTRIBUTE = "_exegesis_book"
_FIGURE_NAME = re.compile(r"^\s*name: *['\"]?([\w-]+)", re.MULTILINE)
_NOT_EXECUTED = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
mystnb: {execution_mode: "off"}
"""


@dataclass
class Book:
    """What the adapter's parts share during one build."""

    root: Path
    layout: Layout
    templates: jinja2.Environment
    #: Chapters that myst-nb must not run: they failed already, or are not asked for (None).
    unexecuted: dict[str, Failure | None] = field(default_factory=dict)
    #: Documents to read again whatever Sphinx thinks.
    outdated: set[str] = field(default_factory=set)

    #: One chapter only, for whoever is writing it: no book, so no index and nothing for machines.
    preview: bool = False

    _docnames: dict[Path, str] = field(default_factory=dict)
    _shelved: dict[str, list[Group]] = field(default_factory=dict)
    _places: dict[str, dict[str, str]] = field(default_factory=dict)

    @functools.cached_property
    def catalogue(self) -> Catalogue:
        """The records and front matters, read when the build begins: an application may have waited for it."""
        return load_catalogue(self.root, self.layout)

    @functools.cached_property
    def has_papers(self) -> bool:
        """Whether it is a book of papers; one of other pages has no records, no shelf and no feed."""
        return self.layout.has_papers(self.root)

    def is_chapter(self, docname: str) -> bool:
        return PurePosixPath(self.layout.papers) in PurePosixPath(docname).parents

    def summary(self, docname: str) -> Summary | None:
        """Return a chapter's summary; None for other pages, and where its front matter has a fault."""
        return self.catalogue.summaries.get(PurePosixPath(docname).name) if self.is_chapter(docname) else None

    def docname(self, summary: Summary) -> str:
        if summary.path not in self._docnames:  # asked for at every link
            self._docnames[summary.path] = summary.path.relative_to(self.root).with_suffix("").as_posix()
        return self._docnames[summary.path]

    @functools.cached_property
    def unmade_labels(self) -> set[str]:
        """The labels of figures that are not there because their chapters were not run."""
        found: set[str] = set()
        for docname in self.unexecuted:
            text = (self.root / f"{docname}.md").read_text(encoding="utf-8")
            found.update(_FIGURE_NAME.findall(text))
        return found

    def shelved(self, order: str) -> list[Group]:
        """Return the book's papers by venue, year, author or keyword; sorted once a build."""
        if order not in self._shelved:
            self._shelved[order] = shelve(self.catalogue, order)
            self._places[order] = {group.value: group.anchor for group in self._shelved[order]}
        return self._shelved[order]

    def place(self, order: str, value: str) -> str | None:
        """Return the anchor of a value on its browse page."""
        self.shelved(order)
        return self._places[order].get(value)

    def render(self, template: str, **values: object) -> str:
        return self.templates.get_template(template).render(**values)


def book_of(app: Sphinx) -> Book:
    """Return the book that is being built."""
    book = getattr(app, _ATTRIBUTE)
    assert isinstance(book, Book)
    return book


def setup(app: Sphinx) -> None:
    """Register the settings, and what the build begins with."""
    app.add_config_value("exegesis_papers", Layout.papers, "env", [str])
    app.add_config_value("exegesis_bibliography", Layout.bibliography, "env", [str])
    app.add_config_value("exegesis_keywords", Layout.keywords, "env", [str])
    app.add_config_value("exegesis_limits", {}, "", [dict])  # the command reads it: see `Project.open`
    app.connect("config-inited", _on_config)
    app.connect("env-get-outdated", _begin)
    app.connect("source-read", _leave_unexecuted)
    app.connect("missing-reference", _to_unmade_figure)


def compiled_templates(app: Sphinx) -> jinja2.FileSystemBytecodeCache:
    """Keep what Jinja makes of templates: some tenths of a second in each build."""
    kept = Path(app.doctreedir, "templates")
    kept.mkdir(parents=True, exist_ok=True)
    return jinja2.FileSystemBytecodeCache(str(kept))


def _on_config(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    set_environment(root)
    Store(store_path(root))  # what is stale is not to be found below
    config.nb_execution_cache_path = str(store_path(root))
    layout = Layout(config.exegesis_papers, config.exegesis_bibliography, config.exegesis_keywords)
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("exegesis.sphinxext"),
        bytecode_cache=compiled_templates(app),
        autoescape=True,  # titles, names and TL;DRs come from people
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    book = Book(root, layout, templates)
    setattr(app, _ATTRIBUTE, book)
    if config.bibtex_bibfiles is None and not book.has_papers:
        config.bibtex_bibfiles = []  # sphinxcontrib-bibtex insists on an answer


def _begin(app: Sphinx, *args: Any) -> set[str]:
    """Report the catalogue's faults, and return what is to be read again; do not run chapters with a fault there."""
    book = book_of(app)
    if not book.has_papers and book.layout.papers != Layout.papers:
        what = f"exegesis_papers is '{book.layout.papers}', but there is no such folder"
        logger.warning(f"{what}; correct it, or take it out if this is no book of papers", type="exegesis")
    if site_map := getattr(app.config, "external_site_map", None):
        for summary in book.catalogue.summaries.values():
            if book.docname(summary) not in site_map:
                where = f"{summary.path}:1"
                logger.warning("the chapter has no place in _toc.yml; give it one", location=where, type="exegesis")
    for fault in book.catalogue.faults:
        logger.warning(fault.message, location=f"{book.root / fault.path}:{fault.line}", type="exegesis")
        docname = str(PurePosixPath(fault.path).with_suffix(""))
        if book.is_chapter(docname):
            book.unexecuted.setdefault(docname, None)
            book.outdated.add(docname)
    return book.outdated


def _leave_unexecuted(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace a chapter's front matter by one that switches execution off, line for line."""
    book = book_of(app)
    if docname not in book.unexecuted:
        return
    if failure := book.unexecuted[docname]:
        logger.warning(
            f"{failure.what}; mend the cell, and try it with 'exegesis build {PurePosixPath(docname).name}'",
            location=(docname, failure.line),
            type="exegesis",
        )
        if failure.unreadable:
            source[0] = f"# {PurePosixPath(docname).name}\n"
            return
    found = split_front_matter(source[0])
    closing = found[1] if found else 0
    rest = source[0].splitlines(keepends=True)[closing:]
    padding = "\n" * max(0, closing - 1 - _NOT_EXECUTED.count("\n"))
    source[0] = _NOT_EXECUTED + padding + "---\n" + "".join(rest)


def _to_unmade_figure(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Let references to figures that were not made pass: why they were not is told once, elsewhere."""
    return content if node["reftarget"] in book_of(app).unmade_labels else None


def closest(name: str, names: list[str]) -> str:
    """Return a hint at what was meant, for an error message."""
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(names)) or 'none'}"
