"""The ``picture`` directive: a schematic picture that stands in the page itself, and has the page's colours."""

from __future__ import annotations

import base64
import functools
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.contract.reading import split_options
from exegesis.fault import Kind
from exegesis.picture import Picture, PictureError, read_picture
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.state import application_of, is_site
from exegesis.sphinxext.theme import FOLDER, PART
from exegesis.text import UnreadableError, read_text

STYLE = "pictures.css"
#: Each option of a picture, and what stands there.
OPTIONS = {
    "alt": "what one sees, in words for somebody who does not see it; needed",
    "name": "by which it is linked; a chapter's begins with `fig-` and the chapter's name",
}
_FENCE = re.compile(
    r"^(?P<mark>`{3,}|:{3,})\{picture\}[ \t]*(?P<file>[^\n]*)\n(?P<content>.*?)^(?P=mark)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)


class picture(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """A picture; ``node["picture"]`` is what was read, ``node["alt"]`` says what it shows."""


class PictureDirective(SphinxDirective):
    """``{picture} file``: an SVG of the book as a figure with its number; the body is the caption."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(OPTIONS, directives.unchanged)

    def run(self) -> list[nodes.Node]:
        name, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(name)
        try:
            found = load_picture(Path(path), self.arguments[0])
        except PictureError as error:
            tell(Kind.PICTURE, error.what, error.mend, (self.env.docname, self.lineno))
            return []
        node = picture(picture=found, alt=" ".join(self.options.get("alt", "").split()))
        figure = nodes.figure("", node, align="center", classes=["drawn"])
        self.set_source_info(node)
        self.set_source_info(figure)
        text = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, text)
        for place, child in enumerate(text.children):
            is_caption = place == 0 and isinstance(child, nodes.paragraph)
            figure += nodes.caption("", "", *child.children) if is_caption else nodes.legend("", child)
        self.add_name(figure)
        return [figure]


def load_picture(path: Path, name: str) -> Picture:
    """Read a picture's file.

    Args:
        path: its file.
        name: as the page names it.

    Raises:
        PictureError: it is not there, or has what a page may not have; it says which file.
    """
    try:
        return read_picture(read_text(path))
    except FileNotFoundError:
        raise PictureError(1, f"there is no picture '{name}'", "correct its name, or draw it") from None
    except UnreadableError as error:
        raise PictureError(error.line, f"{name}, line {error.line}: {error.what}", error.mend) from None
    except PictureError as error:
        raise PictureError(error.line, f"{name}, line {error.line}: {error.what}", error.mend) from None


@functools.cache
def style() -> str:
    """Return the style sheet of pictures, for those that stand by themselves."""
    return (FOLDER / "static" / STYLE).read_text(encoding="utf-8")


def as_images(text: str, folder: Path) -> str:
    """Return a chapter's Markdown with its pictures as plain images that it brings along, each above its caption.

    Args:
        text: of a cell of a notebook.
        folder: of the page.
    """

    def image(found: re.Match[str]) -> str:
        options, body, _ = split_options(found["content"])
        try:
            svg = load_picture(folder / found["file"].strip(), found["file"]).svg("picture", style=style())
        except PictureError:  # told where it is read
            return found[0]
        words = " ".join(options.get("alt", "").split()).replace("[", "(").replace("]", ")")
        data = base64.b64encode(svg.encode()).decode()
        return f"![{words}](data:image/svg+xml;base64,{data})\n\n" + body.strip()

    return _FENCE.sub(image, text) if "{picture}" in text else text


def visit_picture(self: HTML5Translator, node: picture) -> None:
    """Write the picture into the page; where no style sheet of ours is, with its own."""
    named = "-".join(["picture", *node.parent["ids"][:1]])
    own = "" if is_site(application_of(self.builder)) else style()
    self.body.append(node["picture"].svg(named, node["alt"], own))
    raise nodes.SkipNode


def _add_style(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is not None and next(doctree.findall(picture), None) is not None:
        app.add_css_file(STYLE, priority=PART)


def setup(app: Sphinx) -> None:
    """Register the directive and how a picture is written."""
    app.add_directive("picture", PictureDirective)
    app.add_node(picture, html=(visit_picture, None))
    app.connect("html-page-context", _add_style)
