"""Figures that can be read on a phone: each opens large, and none is drawn too small for its words.

A picture becomes a link to its file, which a script turns into the browser's own dialog. And it is told how
narrow it may get: one that is wider than the screen scrolls by itself, as a wide formula does.
"""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from pathlib import Path
from typing import Any

import imagesize
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from exegesis.contract.figures import POINTS
from exegesis.sphinxext.ancestors import ancestors
from exegesis.sphinxext.patches.myst_nb import is_output
from exegesis.sphinxext.state import application_of, is_site
from exegesis.sphinxext.theme import PART

READABLE = 8  # CSS pixels of the smallest words
NARROWEST = 310  # ... of a phone's column of text: who is wider scrolls there
_FONT_SIZE = re.compile(r"""font(?:-size\s*[:=]\s*["']?|\s*:[^;}"']*?(?=[\d.]+px))\s*([\d.]+)""")
_VIEW_BOX = re.compile(r"""viewBox\s*=\s*["'][-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)""")


class enlargeable(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A picture that opens large; ``node["least"]`` is its least width in CSS pixels, 0 where that is not known."""


class Enlarge(SphinxPostTransform):
    """Put a link around each figure, and around each picture that a cell gives."""

    default_priority = 500  # of what an output can be shown as, one is chosen

    def run(self, **kwargs: Any) -> None:
        if not is_site(application_of(self.env)):
            return
        for image in list(self.document.findall(nodes.image)):
            around = list(ancestors(image))
            given = any(is_output(node) for node in around)
            if (given or any(isinstance(node, nodes.figure) for node in around)) and not any(
                isinstance(node, nodes.reference) for node in around
            ):
                link = enlargeable(uri=image["uri"], least=least_width(self._file(image["uri"]), given))
                image.replace_self(link)
                link += image

    def _file(self, uri: str) -> Path:
        return Path(self.env.srcdir, uri.lstrip("/"))


def least_width(path: Path, drawn: bool) -> int:
    """Return the width in CSS pixels at which a picture's smallest words have `READABLE`; 0 if that can't be known.

    Args:
        path: the picture.
        drawn: whether a cell has drawn it: then its words keep to the contract, which asks for `POINTS`.
    """
    if path.suffix == ".svg" and path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        sizes, width = [float(size) for size in _FONT_SIZE.findall(text)], _VIEW_BOX.search(text)
        return round(float(width[1]) * READABLE / min(sizes)) if sizes and width else 0
    if not drawn or path.suffix != ".png" or not path.is_file():
        return 0
    (width_px, _), (dots, _) = imagesize.get(path), imagesize.getDPI(path)
    return round(width_px / dots * 72 * READABLE / POINTS) if width_px > 0 and dots > 0 else 0


def visit_enlargeable(self: HTML5Translator, node: enlargeable) -> None:
    """Open the link: to the picture's file, from whatever page shows it."""
    uri = node["uri"]
    attributes: dict[str, Any] = {}
    if uri in self.builder.images:
        uri = posixpath.join(self.builder.imgpath, urllib.parse.quote(self.builder.images[uri]))
    if node["least"]:
        attributes["style"] = f"--least: {node['least']}px"
    wide = " figure-wide" if node["least"] > NARROWEST else ""
    self.body.append(
        self.starttag(node, "a", "", CLASS=f"figure-open{wide}", href=uri, title="Open large", **attributes)
    )


def depart_enlargeable(self: HTML5Translator, node: enlargeable) -> None:
    """Close the link."""
    self.body.append("</a>")


def setup(app: Sphinx) -> None:
    """Register the link, and what opens it."""
    app.add_node(enlargeable, html=(visit_enlargeable, depart_enlargeable))
    app.add_post_transform(Enlarge)
    app.add_css_file("figures.css", priority=PART)
    app.add_js_file("figures.js", loading_method="defer")
