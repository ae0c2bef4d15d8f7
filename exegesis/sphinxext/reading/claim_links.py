"""Links to claims: ``[text](#claim-three)`` and ``{ref}`slug:claim-three```."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from exegesis.catalogue import Claim
from exegesis.sphinxext.records import records_of


class ClaimLinks(Domain):
    """Finds the claim that a link means; it keeps nothing."""

    name = "exegesis-claims"
    label = "Claims"

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """Merge nothing."""

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.Element]]:
        """Resolve ``[text](#claim-three)``; without a text it is the claim's own."""
        found = find_claim(env, fromdocname, target)
        if found is None:
            return []
        docname, aim = found
        text = contnode if node["refexplicit"] else nodes.inline("", aim.text)
        return [("exegesis:claim", make_refnode(builder, fromdocname, docname, aim.anchor, text))]


def find_claim(env: BuildEnvironment, docname: str, name: str) -> tuple[str, Claim] | None:
    """Find the claim that a page means by a name, and the document that it stands in.

    ``claim-three`` is the page's own claim, or the only one of that name in the book;
    ``slug:claim-three`` is that of the chapter 'slug'.
    """
    page, _, anchor = name.rpartition(":")
    found = [
        (where, each)
        for where, claims in records_of(env).claims.items()
        for each in claims
        if each.anchor == anchor and page in ("", each.summary)
    ]
    own = [pair for pair in found if pair[0] == docname]
    return next(iter(own or found)) if len(own or found) == 1 else None


def _resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element) -> nodes.Element | None:
    """Resolve ``{ref}`claim-three```, which Sphinx looks for among its own labels only."""
    if node["reftype"] != "ref":
        return None
    place = node.get("refdoc", env.docname)
    links = env.get_domain(ClaimLinks.name)
    found = links.resolve_any_xref(env, place, app.builder, node["reftarget"], node, content)
    return found[0][1] if found else None


def setup(app: Sphinx) -> None:
    """Let links find claims."""
    app.add_domain(ClaimLinks)
    app.connect("missing-reference", _resolve)
