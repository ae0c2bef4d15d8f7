"""The theme's launch buttons, without the notebooks that it copies for them.

Seen in sphinx-book-theme 1.3.0: for each page that is a notebook in Markdown it copies MyST-NB's notebook, which
was not run and has new cell ids at each build, over the executed one in the site. It does so by the name of the
page's source, which is all that it wants of it; so here it is asked with that name left out.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx_book_theme.header_buttons.launch import add_launch_buttons

from exegesis.sphinxext.theme import has_shell


def _take_over(app: Sphinx) -> None:
    listeners = app.events.listeners["html-page-context"]
    listeners[:] = [one for one in listeners if one.handler is not add_launch_buttons]


def _launch(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    repository = app.config.html_theme_options.get("repository_url")
    if has_shell(app) and repository and repository == app.config.exegesis_repository:
        # The list of buttons, to which it adds, is the page's own.
        add_launch_buttons(app, pagename, templatename, context | {"sourcename": ""}, doctree)


def setup(app: Sphinx) -> None:
    """Ask for the buttons when the theme would."""
    app.connect("builder-inited", _take_over)
    app.connect("html-page-context", _launch, priority=501)
