"""Terms of the glossary: each chapter lists those that it marks, so that a card can show them; the glossary says where.

Sphinx has the directive ``glossary`` and the role ``term``. A page with a list of its own needs no script to fetch what
a term means, and on paper the list is there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import Glossary
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.fault import Kind
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.state import application_of

_ROLE = re.compile(r"\{term\}`(?P<words>[^`<]*?)\s*(?:<[^`>]*>)?`")


class PlacedGlossary(Glossary):
    """Knows the lines of its terms in a Markdown file, where Sphinx's own counts from its first line."""

    def run(self) -> list[nodes.Node]:
        lines = list(self.content)
        above = self.lineno + self.content_offset + 1 if lines and self.content.offset(0) == 0 else 0
        places = [
            (source, place + above if line[:1].strip() else place)  # definitions are placed by MyST
            for line, (source, place) in zip(lines, self.content.items, strict=True)
        ]
        self.content = StringList(lines, items=places)
        return super().run()


@dataclass(frozen=True)
class Entry:
    """An entry of the glossary, as it is kept of its page."""

    name: str
    id: str
    line: int
    definition: nodes.Element


class chapter_terms(nodes.General, nodes.Element):  # noqa: N801
    """Where the list of a chapter's terms goes, until all entries are known."""


def marked(node: nodes.Element) -> list[str]:
    """Return the terms that are marked in a part of a page, each once, in lower case."""
    found = (each["reftarget"].lower() for each in node.findall(addnodes.pending_xref) if each["reftype"] == "term")
    return list(dict.fromkeys(found))


def without_terms(text: str) -> str:
    """Return a text in which terms stand without the role."""
    return _ROLE.sub(r"\g<words>", text)


def entries_of(env: BuildEnvironment) -> dict[str, Entry]:
    """Return the entries of all glossaries, by name in lower case."""
    return {name: entry for entries in records_of(env).terms.values() for name, entry in entries.items()}


def _items(document: nodes.document) -> Iterator[tuple[list[nodes.term], nodes.definition_list_item]]:
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            yield [child for child in item.children if isinstance(child, nodes.term)], item


def _definition(item: nodes.definition_list_item) -> nodes.Element:
    return next(iter(item.findall(nodes.definition)))


def _note(app: Sphinx, doctree: nodes.document) -> None:
    records, docname = records_of(app.env), app.env.docname
    entries = {
        term.astext().lower(): Entry(term.astext(), term["ids"][0], term.line or 1, _definition(item).deepcopy())
        for terms, item in _items(doctree)
        for term in terms
    }
    if entries:
        records.terms[docname] = entries
    if used := marked(doctree):
        records.uses[docname] = used


class ListTerms(SphinxPostTransform):
    """List a chapter's terms, and on the glossary's page the chapters of each."""

    default_priority = 5  # before Sphinx resolves what the definitions refer to

    def run(self, **kwargs: object) -> None:
        entries = entries_of(self.env)
        for placeholder in list(self.document.findall(chapter_terms)):
            listed = [entries[name] for name in marked(self.document) if name in entries]  # others are told by Sphinx
            items = [self._item(entry) for entry in sorted(listed, key=lambda entry: entry.name.lower())]
            placeholder.replace_self(nodes.bullet_list("", *items, classes=["terms"]))
        for terms, item in _items(self.document):
            if where := self._where({term.astext().lower() for term in terms}):
                _definition(item).append(where)

    def _item(self, entry: Entry) -> nodes.list_item:
        first, *others = (child.deepcopy() for child in entry.definition.children)
        text = nodes.paragraph("", "", nodes.strong("", entry.name), nodes.Text(": "), *first.children)
        item = nodes.list_item("", text, *others, ids=[entry.id])
        for reference in item.findall(addnodes.pending_xref):
            reference["refdoc"] = self.env.docname  # that of the page, and no longer of the glossary's
        return item

    def _where(self, names: set[str]) -> nodes.paragraph | None:
        """Say which chapters use a term."""
        app, env = application_of(self.env), self.env
        found = [name for name, used in sorted(records_of(env).uses.items()) if names & set(used)]
        links = [
            nodes.reference(
                "", env.titles[name].astext(), refuri=app.builder.get_relative_uri(env.docname, name), internal=True
            )
            for name in found
            if book_of(app).is_chapter(name) and name in env.titles
        ]
        parts = [part for link in links for part in (nodes.Text(", "), link)]
        return nodes.paragraph("", "", nodes.Text("In "), *parts[1:], classes=["term-where"]) if links else None


class PointToTerms(SphinxPostTransform):
    """Let a chapter's terms point to its own list, where a card finds them."""

    default_priority = 200  # after Sphinx has resolved them

    def run(self, **kwargs: object) -> None:
        lists = (each for each in self.document.findall(nodes.bullet_list) if "terms" in each["classes"])
        listed = {place for each in lists for item in each.findall(nodes.list_item) for place in item["ids"]}
        for reference in self.document.findall(nodes.reference) if listed else ():
            place = reference.get("refuri", "").rpartition("#")[2]
            if place in listed and any("std-term" in each["classes"] for each in reference.findall(nodes.inline)):
                del reference["refuri"]
                reference["refid"] = place
                reference["internal"] = True
                reference["classes"].append("term-link")


def _tell_unused(app: Sphinx, env: BuildEnvironment) -> None:
    """An entry that no chapter uses is one that nobody keeps right."""
    if not app.config.exegesis_contract:
        return
    records = records_of(env)
    used = {name for page, names in records.uses.items() if book_of(app).is_chapter(page) for name in names}
    for page, entries in sorted(records.terms.items()):
        for name, entry in entries.items():
            if name not in used:
                mend = f"mark it where it first stands, {{term}}`{entry.name}`, or take it out"
                tell(Kind.TERM, f"the term '{entry.name}' is used in no chapter", mend, (page, entry.line))


def setup(app: Sphinx) -> None:
    """Register what is noted of pages, and the lists."""
    app.add_directive_to_domain("std", "glossary", PlacedGlossary, override=True)
    app.add_node(chapter_terms)
    app.add_post_transform(ListTerms)
    app.add_post_transform(PointToTerms)
    app.connect("doctree-read", _note)
    app.connect("env-check-consistency", _tell_unused)
