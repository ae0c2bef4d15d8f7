"""The front door: a page at the site's root that leads to the home page, where that has another address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

from exegesis.sphinxext.identity import title_of
from exegesis.sphinxext.theme import has_shell


def _front_door(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    home = app.config.root_doc
    if home != "index" and has_shell(app):
        context = {"title": title_of(app), "home": app.builder.get_target_uri(home)}
        yield "index", context, "front-door.html"


def setup(app: Sphinx) -> None:
    """Add the page to those that are written."""
    app.connect("html-collect-pages", _front_door)
