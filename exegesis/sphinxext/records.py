"""What the adapter keeps of each document, beside what Sphinx keeps.

Sphinx has domains for that: it forgets with a document what is kept of it, and gathers what parallel
readers found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment

from exegesis.catalogue import Claim
from exegesis.catalogue.claims import Declared

KINDS = (
    *("claims", "listings", "thumbnails", "targets", "headings", "labels", "numbers", "digests", "minutes", "codes"),
    *("stated", "terms", "uses", "exercises", "imports"),
)


class Records(Domain):
    """By docname, each kind for itself; a document that has none of a kind is not there."""

    name = "exegesis"
    label = "Exegesis"
    data_version = 12
    initial_data: dict[str, Any] = {kind: {} for kind in KINDS}

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        #: Its claims, in the order in which they stand.
        self.claims: dict[str, list[Claim]] = self.data["claims"]
        #: The kinds of listings on it.
        self.listings: dict[str, list[str]] = self.data["listings"]
        #: Its first figure, as the document names it.
        self.thumbnails: dict[str, str] = self.data["thumbnails"]
        #: What its references aim at.
        self.targets: dict[str, list[str]] = self.data["targets"]
        #: A digest of its headings.
        self.headings: dict[str, str] = self.data["headings"]
        #: Its labels, and the line of each; such as "label 'name'" and "equation 'name'".
        self.labels: dict[str, dict[str, int]] = self.data["labels"]
        #: Its numbered figures and tables, in the form of ``env.toc_fignumbers``: kind, id of the node, number.
        self.numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = self.data["numbers"]
        #: A digest of what its page shows from elsewhere, as it was written last.
        self.digests: dict[str, str] = self.data["digests"]
        #: How long a chapter takes to read.
        self.minutes: dict[str, int] = self.data["minutes"]
        #: What the evidence of a chapter with claims has to be known by.
        self.codes: dict[str, str] = self.data["codes"]
        #: The claims of a chapter as it states them, where it has a code.
        self.stated: dict[str, list[Declared]] = self.data["stated"]
        #: The glossary's entries on it, by name in lower case: see ``page.terms``.
        self.terms: dict[str, dict[str, Any]] = self.data["terms"]
        #: The terms that it marks, in lower case.
        self.uses: dict[str, list[str]] = self.data["uses"]
        #: Its exercises that look at the answer, in their order: the anchor of each.
        self.exercises: dict[str, list[str]] = self.data["exercises"]
        #: What its cells run with: Python, and the distributions that they import.
        self.imports: dict[str, list[str]] = self.data["imports"]

    def clear_doc(self, docname: str) -> None:
        for kind in KINDS:
            self.data[kind].pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        for kind in KINDS:
            theirs = otherdata[kind]
            self.data[kind].update({name: theirs[name] for name in docnames if name in theirs})

    def resolve_any_xref(self, *args: Any) -> list[tuple[str, nodes.Element]]:
        return []  # claims are linked by their anchors


def records_of(env: BuildEnvironment) -> Records:
    """Return what is kept of the documents of an environment."""
    domain = env.get_domain(Records.name)
    assert isinstance(domain, Records)
    return domain


def setup(app: Sphinx) -> None:
    """Register the domain."""
    app.add_domain(Records)
