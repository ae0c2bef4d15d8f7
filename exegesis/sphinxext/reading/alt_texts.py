"""Every figure says in words what it shows."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell

from .pictures import picture


class RequireAltText(SphinxTransform):
    """Report pictures that have no alternative text."""

    default_priority = 860

    def apply(self, **kwargs: Any) -> None:
        for image in self.document.findall(lambda node: isinstance(node, nodes.image | picture)):
            assert isinstance(image, nodes.Element)
            if not image.get("alt", "").strip():
                mend = "say what it shows for those who cannot see it (in a cell: 'mystnb: {image: {alt: ...}}')"
                tell(Kind.ALT, "the figure has no alt text", mend, _with_line(image))


def _with_line(node: nodes.Element) -> nodes.Node:
    """Return the nearest node around that knows its line."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.add_transform(RequireAltText)
