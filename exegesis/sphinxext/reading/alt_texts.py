"""Every figure says in words what it shows."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)


class RequireAltText(SphinxTransform):
    """Report pictures that have no alternative text."""

    default_priority = 860

    def apply(self, **kwargs: Any) -> None:
        for image in self.document.findall(nodes.image):
            if not image.get("alt", "").strip():
                logger.warning(
                    "the figure has no alt text; say what it shows for those who cannot see it "
                    "(in a cell: 'mystnb: {image: {alt: ...}}')",
                    location=_with_line(image),
                    type="exegesis",
                    subtype="alt",
                )


def _with_line(node: nodes.Element) -> nodes.Node:
    """Return the nearest node around that knows its line."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.add_transform(RequireAltText)
