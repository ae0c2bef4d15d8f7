"""Who the book is: what it is called, where its sources are, and the identity of what it publishes."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from exegesis.catalogue.shelf import ascii_name

#: What Jupyter Book gives to every book that names no repository: its own.
_NOT_OURS = "https://github.com/executablebooks/jupyter-book"
#: Whose addresses the theme can make links to; at any other it ends the build.
_KNOWN_HOSTS = re.compile("github|gitlab|bitbucket", re.IGNORECASE)


def title_of(app: Sphinx) -> str:
    """Return what the book is called."""
    title: str = app.config.html_title
    return title


def key_of(app: Sphinx, slug: str) -> str:
    """Return the BibTeX key of a summary: the book's title and the chapter's slug."""
    return "-".join(filter(None, [ascii_name(title_of(app)), slug]))


def urn(app: Sphinx, name: str) -> str:
    """Return the identity of an entry of the feed: that of the book, and a name in it.

    It must not change when the site moves or is renamed, which ``exegesis_identity`` is for;
    without it, it is made from the address, or from the title where there is none.
    """
    config = app.config
    book = config.exegesis_identity or config.html_baseurl.rstrip("/") or title_of(app)
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{book}/{name}").urn


def _find_repository(app: Sphinx, config: Config) -> None:
    """Take the repository that Jupyter Book's own ``repository: url`` names, or give the theme ours."""
    options: dict[str, Any] = config.html_theme_options
    named = options.get("repository_url") or ""
    config.exegesis_repository = config.exegesis_repository or (named if named != _NOT_OURS else "")
    theirs = options.get("repository_branch") if named == config.exegesis_repository else ""
    config.exegesis_branch = config.exegesis_branch or theirs or "main"
    if config.html_theme == "sphinx_book_theme" and _KNOWN_HOSTS.search(config.exegesis_repository):
        # A new dict: the configuration's own default is shared by all applications of a process.
        config.html_theme_options = options | {"repository_url": config.exegesis_repository}


def setup(app: Sphinx) -> None:
    """Find where the book is before the theme asks."""
    app.connect("config-inited", _find_repository, priority=100)
