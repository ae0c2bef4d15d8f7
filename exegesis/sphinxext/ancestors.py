"""What a part of a page stands in."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes


def ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    """Yield what a node stands in, the nearest first; at last the document."""
    while node.parent is not None:
        node = node.parent
        yield node
