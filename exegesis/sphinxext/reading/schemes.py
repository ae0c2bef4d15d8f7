"""Where links lead: to the site, the web or a mail address. Others run code, or leave it to the reader's programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.addnodes import toctree
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20]+")  # by browsers, in a scheme
WEB = ("http", "https", "mailto")
#: Refused in every book; others are by those that have a policy.
_ACTIVE = ("javascript", "vbscript", "data")


def is_fit(address: str, strict: bool) -> bool:
    """Say whether a page may lead there; if not ``strict``, to whatever is no code."""
    scheme = _SCHEME.match(_IGNORED.sub("", address[:200]))
    name = scheme[1].lower() if scheme else ""
    return not name or name in WEB or (not strict and name not in _ACTIVE)


class TellSchemes(SphinxPostTransform):
    """Look at all links of a page, those of the bibliography and of extensions too, and take out what is refused."""

    default_priority = 900  # when all links are there

    def run(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(nodes.reference)):
            address = node.get("refuri", "")
            if not is_fit(address, self.config.exegesis_policy):
                _tell(address, node)
                node.replace_self(node.children)


def _tell(address: str, where: Any) -> None:
    what = f"'{address[:80]}' is no address that a page may lead to"
    tell(Kind.LINK, what, "let it begin with https://, http:// or mailto:", where)


def _check(app: Sphinx, doctree: nodes.document) -> None:
    """Tell of pages that lead away by themselves, and take what is refused out of lists of contents."""
    for meta in doctree.findall(nodes.meta):
        if "http-equiv" in meta:
            what = f"'http-equiv={meta['http-equiv']}' tells browsers what to do with the page"
            tell(Kind.HTML, what, "take it out of 'html_meta'", (app.env.docname, 1))
    for tree in doctree.findall(toctree):
        tree["entries"] = list(_fit_entries(app, tree))


def _fit_entries(app: Sphinx, tree: toctree) -> Iterator[tuple[str | None, str]]:
    for title, target in tree["entries"]:
        if target in app.env.found_docs or is_fit(target, app.config.exegesis_policy):
            yield title, target
        else:
            _tell(target, tree)


def setup(app: Sphinx) -> None:
    """Register the checks."""
    app.add_post_transform(TellSchemes)
    app.connect("doctree-read", _check, priority=100)  # before Sphinx keeps the lists of contents
