"""A slider under a figure: the reader moves one of the cell's values, and sees the figure follow.

The pictures were made when the chapter was run. Here they become files like those of other
figures, and the page gets their addresses; a small script shows one of them. Without
the script the page has the still alone.
"""

from __future__ import annotations

import posixpath
import urllib.parse
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

from exegesis.execution.frames import OPTION, Frame, frames_of, words_of
from exegesis.execution.sphinx import executed_notebook
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.patches.myst_nb import code_cells, has_option, write_picture
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.theme import PART


class slider(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A slider; the children are its pictures, as images, so that Sphinx keeps and copies them."""


class AddSliders(SphinxTransform):
    """Put a slider under the figure of each cell that has frames."""

    default_priority = 870  # after the figures' own words were asked for

    def apply(self, **kwargs: Any) -> None:
        cells = [node for node in code_cells(self.document) if has_option(node, OPTION)]
        if not cells:
            return
        executed = executed_notebook(self.env)
        if executed is None:
            return  # it did not run; told elsewhere
        for cell in cells:
            if found := frames_of(executed.cells[cell["cell_index"]]):
                self._add(cell, *found)

    def _add(self, cell: nodes.container, name: str, still: int, frames: list[Frame]) -> None:
        figure = next(cell.findall(nodes.figure), None)
        picture = next((figure or cell).findall(nodes.image))
        for output in [node for node in cell.findall(nodes.literal_block) if "output" in node["classes"]]:
            output.parent.remove(output)  # what the cell prints is the slider's to show
        label, unit = words_of(cell["cell_metadata"], name)
        node = slider(
            name=label,
            still=still,
            values=[written_value(frame.value, unit) for frame in frames],
            texts=[frame.text for frame in frames],
        )
        written = [write_picture(self.env, picture, frame.bytes) for frame in frames]
        node += [nodes.image(uri=uri, alt=picture["alt"]) for uri in written]
        bundle = picture.parent.parent  # of the picture and what else the output could be shown as
        bundle.parent.insert(bundle.parent.index(bundle) + 1, node)


def written_value(value: float, unit: str) -> str:
    """Return a value as it is shown and read out; a share whose unit is per cent as so many of a hundred."""
    shown = value * 100 if unit == "%" else value
    text = f"{shown:,}" if isinstance(shown, int) else f"{shown:g}"
    return f"{text.replace('-', '−')} {unit}".strip()


def visit_slider(self: HTML5Translator, node: slider) -> None:
    """Write what the script needs, and the text of the still for those without it."""
    builder = self.builder
    pictures = [
        posixpath.join(builder.imgpath, urllib.parse.quote(builder.images[image["uri"]]))
        for image in node.findall(nodes.image)
    ]
    frames = [
        {"label": label, "src": src, "text": text}
        for label, src, text in zip(node["values"], pictures, node["texts"], strict=True)
    ]
    data = {"name": node["name"], "still": node["still"], "frames": frames}
    self.body.append(book_of(application_of(builder)).render("slider.html", data=data))
    raise nodes.SkipNode


def _add_script(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is not None and next(doctree.findall(slider), None) is not None:
        app.add_js_file("slider.js", loading_method="defer")
        app.add_css_file("slider.css", priority=PART)


def setup(app: Sphinx) -> None:
    """Register the node, and load script and style where there is one."""
    app.add_transform(AddSliders)
    app.add_node(slider, html=(visit_slider, None))
    app.connect("html-page-context", _add_script)
