"""Raw HTML is refused but for a short list: it has no place in print or notebooks, and nobody checks what it loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from exegesis.fault import Kind
from exegesis.sphinxext.ancestors import ancestors
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import is_output

_TAG = re.compile(r"<(?P<name>[A-Za-z][\w-]*)(?P<attributes>(?:\s[^<>]*)?)/?>?")
_ATTRIBUTE = re.compile(r"\s(?P<name>on\w+|style|srcdoc)\s*=|=\s*[\"']?\s*(?P<script>javascript:)", re.IGNORECASE)
#: What to write for what is refused.
INSTEAD = {
    "img": "write ![what it shows](file), or {figure}",
    "script": "name the file in html_js_files of _config.yml",
    "style": "name the file in html_css_files of _config.yml",
    "link": "name the file in html_css_files of _config.yml",
    "iframe": "link the page: [text](address)",
    "a": "write [text](address)",
    "table": "write a Markdown table, or {list-table}",
}


class TellHtml(SphinxTransform):
    """Look through the raw HTML that an author wrote; what cells give is left alone."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        source = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8", errors="replace")
        for node in self.document.findall(nodes.raw):
            if "html" not in node.get("format", "") or any(map(is_output, ancestors(node))):
                continue
            if self._is_written(node, source):
                self._look(node)

    def _is_written(self, node: nodes.raw, source: str) -> bool:
        """Whether it comes from the page, or from a file that the page names, and not from an extension."""
        if any(isinstance(each, nodes.docinfo | nodes.field_list) for each in ancestors(node)):
            return False  # of the front matter, where it is text
        tag = _TAG.search(node.astext()) or re.search("<!--", node.astext())
        return tag is not None and node.line is not None and (tag[0] in source or "source" in node or "src" in node)

    def _look(self, node: nodes.raw) -> None:
        text, allowed = node.astext(), self.config.exegesis_raw_html
        if text.count("<!--") > text.count("-->"):
            tell(Kind.HTML, "the comment does not end, and takes in what follows", "close it with '-->'", node)
        told = set[str]()
        for tag in _TAG.finditer(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)):
            name = tag["name"].lower()
            if name in told:
                continue
            told.add(name)
            if name not in allowed:
                mend = INSTEAD.get(name, f"write it in MyST, or add '{name}' to exegesis_raw_html")
                tell(Kind.HTML, f"<{name}> is raw HTML that a page may not have", mend, node)
            elif unfit := _ATTRIBUTE.search(tag["attributes"]):
                tell(Kind.HTML, f"<{name}> has '{unfit['name'] or unfit['script']}'", "take it out", node)


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.add_transform(TellHtml)
