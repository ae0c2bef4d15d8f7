"""Citations of a large book: looked up by key.

For each citation sphinxcontrib-bibtex looks through the whole bibliography, and for each of its
records through all citations of the book, in each build; and pybtex searches all installed
distributions for a plugin at every citation.

It would read the file itself too, and end with a traceback at what it cannot read: it is given the
catalogue's records.

Seen in sphinxcontrib-bibtex 2.7.0 and pybtex 0.26.1; no issue is known upstream. Assumed: the domain looks at its lists
only through `citations`, `citation_refs` and `get_entries`; a bibliography depends on what is in `_made_from`.
It reads no file whose time it knows: it is told that of the one file, and its records when the build begins.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from pybtex.backends.plaintext import Backend
from pybtex.database import BibliographyData, Entry
from pybtex.plugin import register_plugin
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.bibfile import BibData, BibFile, get_mtime
from sphinxcontrib.bibtex.citation_target import parse_citation_targets
from sphinxcontrib.bibtex.directives import BibliographyKey, BibliographyValue
from sphinxcontrib.bibtex.domain import BibtexDomain, Citation, get_docnames
from sphinxcontrib.bibtex.roles import CitationRef, CiteRole

from exegesis.fault import Kind
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import faults_of, tell
from exegesis.sphinxext.state import application_of

_MADE_FROM = "exegesis_made_from"
_SETTINGS = ("bibtex_default_style", "bibtex_tooltips", "bibtex_tooltips_style")


class CheckedCite(CiteRole):
    """Tells of text that names no records; theirs ends the build."""

    def result_nodes(
        self, document: nodes.document, env: Any, node: nodes.Element, is_ref: bool
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            list(parse_citation_targets(self.target))
        except ValueError:
            what = f"a citation of '{self.target.strip()}' names no record"
            tell(Kind.MARKUP, what, "write {cite:p}`key`, or {cite:p}`key,another`", (env.docname, self.lineno))
            return [], []
        return super().result_nodes(document, env, node, is_ref)  # type: ignore[no-any-return,no-untyped-call]


class BookCitations(BibtexDomain):
    """The domain of sphinxcontrib-bibtex, which is shown no more of its own lists than what it looks for."""

    roles = {name: CheckedCite() for name in BibtexDomain.roles}
    _few_citations: list[Citation] | None = None
    _few_refs: list[CitationRef] | None = None
    _few_entries: list[Entry] | None = None

    @property
    def citations(self) -> list[Citation]:
        found: list[Citation] = self.data["citations"]
        return found if self._few_citations is None else self._few_citations

    @property
    def citation_refs(self) -> list[CitationRef]:
        found: list[CitationRef] = self.data["citation_refs"]
        return found if self._few_refs is None else self._few_refs

    def get_entries(self, bibfiles: list[Path]) -> Iterable[Entry]:
        return super().get_entries(bibfiles) if self._few_entries is None else self._few_entries

    @functools.cached_property
    def _by_key(self) -> dict[str, list[tuple[int, Citation]]]:
        found = defaultdict(list)
        for place, citation in enumerate(self.data["citations"]):
            found[citation.key].append((place, citation))
        return found

    def clear_doc(self, docname: str) -> None:
        if any(key.docname == docname for key in self.bibliographies):
            self.data[_MADE_FROM] = None
        super().clear_doc(docname)

    def env_updated(self) -> Iterable[str]:
        """Format the bibliographies anew if what they are made from has changed, or if there was something to tell."""
        made_from = self._made_from()
        if made_from != self.data.get(_MADE_FROM):
            told = len(faults_of(application_of(self.env)).faults)
            super().env_updated()
            self.data[_MADE_FROM] = made_from if len(faults_of(application_of(self.env)).faults) == told else None
        self.__dict__.pop("_by_key", None)
        return []

    def _made_from(self) -> str:
        """Return a digest of the bibliographies, of who cites what in the book's order, of records and settings."""
        places = {docname: place for place, docname in enumerate(get_docnames(self.env))}  # type: ignore[no-untyped-call]
        refs = sorted(self.citation_refs, key=lambda ref: places[ref.docname])
        records = list(self.bibdata.data.entries.values())
        settings = [(name, self.env.config[name]) for name in sorted(_SETTINGS)]
        cited = [(ref.docname, [target.key for target in ref.targets]) for ref in refs]
        lists = [(key, _settings_of(value)) for key, value in self.bibliographies.items()]
        return hashlib.sha256(repr([cited, records, settings, lists]).encode()).hexdigest()

    def get_filtered_entries(self, bibliography_key: BibliographyKey) -> Iterator[tuple[str, Entry]]:
        bibliography = self.bibliographies[bibliography_key]
        citing = defaultdict(list)
        for ref in self.citation_refs:
            for target in ref.targets:
                citing[target.key].append(ref)
        try:
            for entry in super().get_entries(bibliography.bibfiles):
                self._few_entries, self._few_refs = [entry], citing[bibliography.keyprefix + entry.key]
                yield from super().get_filtered_entries(bibliography_key)
        finally:
            self._few_entries = self._few_refs = None

    def resolve_xref(self, env: Any, fromdocname: str, builder: Any, typ: str, target: str, *nodes: Any) -> Any:
        keys = dict.fromkeys(one.key for one in parse_citation_targets(target))
        return self._among(keys, super().resolve_xref, env, fromdocname, builder, typ, target, *nodes)

    def resolve_any_xref(self, env: Any, fromdocname: str, builder: Any, target: str, *nodes: Any) -> Any:
        keys = dict.fromkeys(key.strip() for key in target.split(","))
        return self._among(keys, super().resolve_any_xref, env, fromdocname, builder, target, *nodes)

    def _among(self, keys: Iterable[str], resolve: Any, *arguments: Any) -> Any:
        """Resolve with only the citations of these keys, in the order of the bibliography."""
        outer = self._few_citations
        found = sorted((each for key in keys for each in self._by_key.get(key, ())), key=lambda each: each[0])
        self._few_citations = [citation for _, citation in found]
        try:
            return resolve(*arguments)
        finally:
            self._few_citations = outer


def _settings_of(bibliography: BibliographyValue) -> list[Any]:
    """Return what a page asks of its bibliography, in a form that is the same in each build."""
    values = bibliography._asdict() | {"citation_nodes": None, "filter_": ast.dump(bibliography.filter_)}
    return [str(value) for value in values.values()]


def _give(app: Sphinx, entries: dict[str, Entry]) -> None:
    """Give the domain its records, as those of its one file."""
    files = [Path(app.confdir, name).resolve() for name in app.config.bibtex_bibfiles]
    known = {path: BibFile(get_mtime(path), dict.fromkeys(entries)) for path in files}
    domain = app.env.get_domain("cite")
    domain.data["bibdata"] = BibData(app.config.bibtex_encoding, known, BibliographyData(entries))


def _take_as_read(app: Sphinx) -> None:
    """Let it take the file as read: it reads none whose time it knows."""
    _give(app, {})


def _give_records(app: Sphinx, *args: Any) -> list[str]:
    """Give it what the catalogue has read."""
    _give(app, book_of(app).catalogue.bibliography.entries)
    return []


def setup(app: Sphinx) -> None:
    """Take the place of the domain, give it its records, and name the plugin that is asked for at each citation."""
    app.add_domain(BookCitations, override=True)
    app.connect("builder-inited", _take_as_read, priority=400)  # before it reads the file
    app.connect("env-get-outdated", _give_records)
    register_plugin("pybtex.backends", "plaintext", Backend, force=True)
