"""Writing without an installation: the web editor of the book's repository opens a chapter, or begins a new one."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from exegesis.contract.beginning import BLANK, beginning
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.page.downloads import GITHUB
from exegesis.sphinxext.state import application_of

_GITLAB = re.compile(r"(https://gitlab\.com/[\w./-]+?)(?:\.git)?/?")  # its web editor takes no text by a link
#: What servers take as an address: eight kilobytes with the rest of the request's first line.
LONGEST = 8000


class propose(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """The link that begins a chapter, and what the page says of it; nothing where there is no such link."""


class ProposeDirective(SphinxDirective):
    """``{propose}``: links to a new chapter in the repository's web editor; the body says what happens then."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        node = propose()
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def edit_address(repository: str, branch: str, path: str) -> str:
    """Return where a file of a repository is edited in a browser; empty for hosts that are not known."""
    return _at(repository, f"edit/{quote(branch)}/{quote(path)}")


def commit_address(repository: str, commit: str) -> str:
    """Return where a commit of a repository is shown; empty for hosts that are not known."""
    return _at(repository, f"commit/{commit}")


def _at(repository: str, place: str) -> str:
    if found := GITHUB.fullmatch(repository):
        return f"{found['address']}/{place}"
    found = _GITLAB.fullmatch(repository)
    return f"{found[1]}/-/{place}" if found else ""


def new_address(repository: str, branch: str, folder: str) -> str:
    """Return where a chapter is begun in a browser, with its text; empty for hosts that take none by a link."""
    found = GITHUB.fullmatch(repository)
    text = beginning(**BLANK)
    given = urlencode({"filename": f"{BLANK['slug']}.md", "value": text})
    return f"{found['address']}/new/{quote(branch)}/{quote(folder)}?{given}" if found else ""


def edit_link(app: Sphinx, docname: str) -> dict[str, str]:
    """Return where a chapter is edited in a browser, by what to call it; nothing where it can't be."""
    source = os.path.relpath(app.env.doc2path(docname), app.srcdir)
    address = edit_address(app.config.exegesis_repository, app.config.exegesis_branch, _in_repository(app, source))
    return {"Edit this chapter": address} if address else {}


def _in_repository(app: Sphinx, path: str) -> str:
    """Return a path of the book as one of its repository, where the book may be in a folder."""
    folder = app.config.html_theme_options.get("path_to_docs") or ""
    return "/".join(filter(None, [folder.strip("/"), path.replace(os.sep, "/")]))


def visit_propose(self: HTML5Translator, node: propose) -> None:
    """Write the link, before what the page says of it."""
    app = application_of(self.builder)
    folder = _in_repository(app, book_of(app).layout.papers)
    address = new_address(app.config.exegesis_repository, app.config.exegesis_branch, folder)
    if not address:
        raise nodes.SkipNode
    self.body.append(self.starttag(node, "aside", CLASS="propose"))
    self.body.append(f'<p><a href="{self.attval(address)}">Propose a summary</a></p>\n')


def depart_propose(self: HTML5Translator, node: propose) -> None:
    """End what the page says of it."""
    self.body.append("</aside>\n")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("propose", ProposeDirective)
    app.add_node(propose, html=(visit_propose, depart_propose))
