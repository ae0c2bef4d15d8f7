"""HTML that cells give acts nowhere but in its own place, where a book asks for that (``exegesis_policy``).

What only shows stands in the page, sanitised. The rest, such as pandas' Styler and plotly, stands in a frame without
any rights. Its file has a policy of its own, which lets it fetch nothing; and the output is in a frame within that
file, so that it has no rights either where somebody opens the file by itself. Other hosts are told.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.fault import Kind
from exegesis.sphinxext.addresses import from_page
from exegesis.sphinxext.ancestors import ancestors
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import gives_html, is_output
from exegesis.sphinxext.reading.cell_html import CellHtml, cleaned, pieces
from exegesis.sphinxext.state import application_of, is_site

from .policy import tag

#: Where the frames' files are, below it a folder a page.
FOLDER = "_outputs"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'unsafe-inline'", "'unsafe-eval'", "blob:"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:", "blob:"],
    "media-src": ["data:", "blob:"],
    "font-src": ["data:"],
    "worker-src": ["blob:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
}


class KeepHtml(SphinxPostTransform):
    """Sanitise the HTML that cells give, or put it into a frame."""

    default_priority = 500  # of what an output can be shown as, one is chosen, and pasted where a page wants it

    def run(self, **kwargs: object) -> None:
        app = application_of(self.env)
        frames = dict[str, str]()
        if self.config.exegesis_policy and app.builder.format == "html":
            for node in list(self.document.findall(nodes.raw)):
                if "html" in node.get("format", ""):
                    self._keep(node, frames)
        if is_site(app):
            _write(Path(app.outdir, FOLDER, self.env.docname), frames)

    def _keep(self, node: nodes.raw, frames: dict[str, str]) -> None:
        text = node.astext()
        if gives_html(node):
            node.replace_self(nodes.raw("", self._kept(node, text, frames), format="html", classes=node["classes"]))
        elif any(map(is_output, ancestors(node))) and (names := list(pieces(text, self.config.exegesis_raw_html))):
            what = f"<{names[0]}> in Markdown that a cell gives is HTML that a page may not have"
            tell(Kind.HTML, what, "let the cell give HTML", _place(node))
            node.parent.remove(node)

    def _kept(self, node: nodes.raw, text: str, frames: dict[str, str]) -> str:
        """Return what stands in the page for an output, and note the frame if it needs one."""
        found = CellHtml(text)
        if _WIDGET in text:
            what = "a widget needs scripts of another host, which a page does not load"
            tell(Kind.HTML, what, "show a figure, or let readers move it with {slider}", _place(node))
            return ""
        for address in dict.fromkeys(found.fetched):
            what = f"the HTML of a cell would fetch '{address[:80]}', and is not let"
            tell(Kind.HTML, what, "let the HTML have all that it needs in itself, or show a figure", _place(node))
        for address in dict.fromkeys(found.unfit):
            what = f"the HTML of a cell has a link to '{address[:80]}'"
            tell(Kind.HTML, what, "let it begin with https://, http:// or mailto:", _place(node))
        if found.is_plain or not is_site(application_of(self.env)):
            return cleaned(text)
        book = book_of(application_of(self.env))
        page = book.render("output-frame.html", policy=tag(_POLICY), output=book.render("output.html", text=text))
        name = f"{hashlib.sha256(page.encode()).hexdigest()[:32]}.html"
        frames[name] = page
        file = f"{FOLDER}/{quote(self.env.docname)}/{name}"
        address = html.escape(from_page(application_of(self.env), self.env.docname, file))
        frame = 'class="output-frame" title="What the cell gives" sandbox="allow-scripts" loading="lazy"'
        return f'<iframe {frame} src="{address}"></iframe>'


def _place(node: nodes.Node) -> nodes.Node:
    return next((each for each in ancestors(node) if each.line), node)


def _write(folder: Path, frames: dict[str, str]) -> None:
    """Let a page's folder have these files, and no others."""
    for path in folder.glob("*.html"):
        if path.name not in frames:
            path.unlink()
    for name, page in frames.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(page, encoding="utf-8")
    if not frames:
        with contextlib.suppress(OSError):  # there is none, or it has folders of other pages
            folder.rmdir()


def _remove_gone(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    for docname in removed:
        _write(Path(app.outdir, FOLDER, docname), {})
    return []


def setup(app: Sphinx) -> None:
    """Register the transform, and what lets a frame be as high as its output."""
    app.add_post_transform(KeepHtml)
    app.add_js_file("outputs.js", loading_method="defer")
    app.connect("env-get-outdated", _remove_gone)
