"""The book being built: its catalogue and its templates."""

from __future__ import annotations

import functools
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
from docutils import nodes
from markupsafe import Markup
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from exegesis.catalogue import Catalogue, Layout, Summary, chapter_files, load_catalogue
from exegesis.catalogue.frontmatter import NOTEBOOK, is_yaml, split_front_matter, without_header
from exegesis.catalogue.shelf import Group, shelve
from exegesis.contents import read_contents
from exegesis.execution.sphinx import execution_of
from exegesis.fault import Fault, Kind
from exegesis.kernel.environment import set_environment
from exegesis.limits import Limits

from .addresses import slug_of
from .faults import pass_on, tell
from .patches.external_toc import site_map
from .patches.myst_nb import succeeded
from .reading.maths import macros_of, with_formulas
from .state import once_an_application

_FIGURE_NAME = re.compile(r"^\s*\"?name\"?: *['\"]?([\w-]+)", re.MULTILINE)
#: What editors and systems leave beside pages.
_HIDDEN = (".*", "**/.*")
#: Stands for a front matter that is no YAML, so that what is wrong in the text is told as well.
_STAND_IN = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
"""
#: Stands for a file that is no notebook.
_STAND_IN_NOTEBOOK = json.dumps(
    {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": "# A chapter"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
)


@dataclass
class Book:
    """What the adapter's parts share during one build."""

    root: Path
    layout: Layout
    templates: jinja2.Environment
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
        return self.catalogue.summaries.get(slug_of(docname)) if self.is_chapter(docname) else None

    def docname(self, summary: Summary) -> str:
        if summary.path not in self._docnames:  # asked for at every link
            self._docnames[summary.path] = summary.path.relative_to(self.root).with_suffix("").as_posix()
        return self._docnames[summary.path]

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


@once_an_application
def book_of(app: Sphinx) -> Book:
    """Return the book that is being built; ask when the configuration is read."""
    config = app.config
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("exegesis.sphinxext"),
        bytecode_cache=compiled_templates(app),
        autoescape=True,  # titles, names and TL;DRs come from people
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["formulas"] = lambda text: Markup(with_formulas(text, macros_of(config)))
    layout = Layout(
        config.exegesis_papers, config.exegesis_bibliography, config.exegesis_keywords, config.exegesis_names
    )
    return Book(Path(app.srcdir), layout, templates)


def setup(app: Sphinx) -> None:
    """Register what the build begins with."""
    app.connect("config-inited", _on_config)
    app.connect("env-get-outdated", _begin)
    app.connect("source-read", _stand_in)
    app.connect("env-updated", _once)
    app.connect("missing-reference", _to_unmade_figure)


def compiled_templates(app: Sphinx) -> jinja2.FileSystemBytecodeCache:
    """Keep what Jinja makes of templates: some tenths of a second in each build."""
    kept = Path(app.doctreedir, "templates")
    kept.mkdir(parents=True, exist_ok=True)
    return jinja2.FileSystemBytecodeCache(str(kept))


def _on_config(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    config.exclude_patterns = [*config.exclude_patterns, *_HIDDEN]
    set_environment(root)
    execution = execution_of(app)
    execution.strict = True
    execution.reports = False  # a failure is told once, at its line
    execution.tell = lambda docname, path, failure: pass_on(
        app, failure.fault(os.fspath(app.env.doc2path(docname, False)))
    )
    execution.readable = functools.partial(readable, app)
    execution.limits = Limits(**config.exegesis_limits)
    execution.allowed = frozenset(config.exegesis_uses)
    execution.named = tuple(config.exegesis_environment)


def _begin(app: Sphinx, env: BuildEnvironment, *args: Any) -> set[str]:
    """Report the faults of the catalogue and of the table of contents; return what is to be read again."""
    book, faulty = book_of(app), set()
    if not book.has_papers and book.layout.papers != Layout.papers:
        what = f"exegesis_papers is '{book.layout.papers}', but there is no such folder"
        tell(Kind.SETTING, what, "correct it, or take it out if this is no book of papers", None)
    for fault in [*_faults_of_contents(app, env), *book.catalogue.faults]:
        pass_on(app, fault)
        docname = str(PurePosixPath(fault.path).with_suffix(""))
        if book.is_chapter(docname):
            faulty.add(docname)
    return faulty


def _faults_of_contents(app: Sphinx, env: BuildEnvironment) -> list[Fault]:
    """Return what is wrong with _toc.yml, if the book has one: Sphinx was given its pages by sphinx-external-toc."""
    if not site_map(app):
        return []
    book = book_of(app)
    contents = read_contents(book.root, os.path.relpath(book.root / app.config.external_toc_path, book.root))
    for docname, page in contents.pages.items():
        if docname not in env.found_docs:
            what = f"'{docname}' is listed, but Sphinx does not read it"
            contents.fault(page.line, what, "see exclude_patterns, or take the entry out")
    return [*contents.faults, *contents.outside(book.root, chapter_files(book.root, book.layout))]


def _once(app: Sphinx, env: BuildEnvironment) -> None:
    """Keep Sphinx from telling once more of chapters that no other page leads to."""
    listed = {name for names in env.toctree_includes.values() for name in names}
    for docname in env.found_docs - listed if site_map(app) else ():
        if book_of(app).is_chapter(docname):
            env.metadata[docname]["orphan"] = True


def readable(app: Sphinx, docname: str, text: str) -> str:
    """Return a chapter's text as it is read: without what the catalogue reads, or tells of."""
    if not book_of(app).is_chapter(docname):
        return text
    if Path(app.env.doc2path(docname)).suffix == NOTEBOOK:
        return without_header(text) or _STAND_IN_NOTEBOOK
    found = split_front_matter(text)
    if found is None or is_yaml(found[0]):
        return text
    closing = found[1]
    rest = text.splitlines(keepends=True)[closing:]
    padding = "\n" * max(0, closing - 1 - _STAND_IN.count("\n"))
    return _STAND_IN + padding + "---\n" + "".join(rest)


def _stand_in(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = readable(app, docname, source[0])


def _to_unmade_figure(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Let references to figures that were not made pass: why they were not is told once, elsewhere."""
    return content if node["reftarget"] in _unmade_labels(app) else None


def _unmade_labels(app: Sphinx) -> set[str]:
    """Return the labels of figures that are not there because their notebooks were not run to the end."""
    execution, ran = execution_of(app), succeeded(app.env)
    unmade = [name for name in app.env.found_docs if execution.unfinished(name) or name not in ran]
    texts = (Path(app.env.doc2path(name)) for name in unmade)
    return {label for path in texts for label in _FIGURE_NAME.findall(path.read_text("utf-8", errors="replace"))}
