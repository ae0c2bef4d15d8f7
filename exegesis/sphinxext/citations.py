"""Who cites whom: gathered in one pass a build, from the citations in the text and the front matters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sphinx.application import Sphinx

from exegesis.catalogue.graph import Relations, relations

from .book import book_of
from .state import once_a_build


@dataclass
class Citations:
    """What the book cites, gathered in one pass a build."""

    by_document: dict[str, list[str]] = field(default_factory=dict)  # keys, as first cited
    entries: dict[str, Any] = field(default_factory=dict)  # key: formatted reference
    order: dict[str, int] = field(default_factory=dict)  # key: place in the bibliography


@once_a_build
def citations_of(app: Sphinx) -> Citations:
    """Return the citations of the book that is being built."""
    found = Citations()
    domain: Any = app.env.get_domain("cite")
    for reference in domain.citation_refs:
        keys = found.by_document.setdefault(reference.docname, [])
        keys += [target.key for target in reference.targets if target.key not in keys]
    for place, citation in enumerate(domain.citations):
        found.entries[citation.key] = citation.formatted_entry
        found.order[citation.key] = place
    return found


@once_a_build
def graph_of(app: Sphinx) -> dict[str, Relations]:
    """Return how the book's papers are related."""
    by_document = citations_of(app).by_document
    book = book_of(app)
    cited = {slug: by_document.get(book.docname(each), []) for slug, each in book.catalogue.summaries.items()}
    return relations(book.catalogue, cited)
