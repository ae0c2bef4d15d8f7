"""Links of ``_config.yml`` in a page's shell: repository, edit and issue buttons, launch buttons, icon links.

The theme makes their addresses; the shell shows them as words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx
from sphinx_book_theme.header_buttons.launch import add_launch_buttons

from .assets import THEME

#: The theme's names for groups of buttons, or for one that stands alone, that lead out of the page.
_SHOWN = ("source-", "launch-buttons")


def _leave_launching(app: Sphinx, *args: Any) -> None:
    """Take the theme's launch buttons over: it would put notebooks that were not run into the site."""
    listeners = app.events.listeners["html-page-context"]
    listeners[:] = [one for one in listeners if one.handler is not add_launch_buttons]


def _launch(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    repository = app.config.html_theme_options.get("repository_url")
    if app.config.html_theme == THEME and repository and repository == app.config.exegesis_repository:
        # Without a source's name the theme copies nothing; the list of buttons is the page's own.
        add_launch_buttons(app, pagename, templatename, context | {"sourcename": ""}, doctree)


def _add(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    links = _links(context.get("header_buttons", []))
    if context.get("page_source_suffix") != ".ipynb":  # Colab opens nothing else
        links = ((text, url) for text, url in links if not text.endswith(" Colab"))
    context["exegesis_links"] = list(links)


def _links(buttons: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for button in buttons:
        if not button.get("label", "").startswith(_SHOWN):
            continue
        for link in button.get("buttons", [button]):
            if link["type"] == "link":  # others need scripts that no page loads
                launches = button["label"] == "launch-buttons"
                yield link["tooltip"] if launches or not link["text"] else link["text"], link["url"]


def setup(app: Sphinx) -> None:
    """Add the links to what templates know of a page."""
    app.connect("builder-inited", _leave_launching)
    app.connect("html-page-context", _launch, priority=501)  # as the theme does
    app.connect("html-page-context", _add, priority=510)
