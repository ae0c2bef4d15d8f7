"""Links of ``_config.yml`` in a page's shell: repository, edit and issue buttons, and launch buttons.

The theme makes their addresses; the shell shows them as words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

#: The theme's names for groups of buttons, or for one that stands alone, that lead out of the page.
_LAUNCH = "launch-buttons"
_SHOWN = ("source-", _LAUNCH)


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
                yield link["tooltip"] if button["label"] == _LAUNCH or not link["text"] else link["text"], link["url"]


def setup(app: Sphinx) -> None:
    """Add the links to what templates know of a page."""
    app.connect("html-page-context", _add, priority=510)  # after the theme's buttons
