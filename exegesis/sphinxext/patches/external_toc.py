"""The map of the book that sphinx-external-toc makes of _toc.yml.

It is on the configuration as soon as that is read, and on the environment the one of the last build, until
sphinx-external-toc asks what is outdated. Neither is documented.
Seen in sphinx-external-toc 1.0.1.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

_ATTRIBUTE = "external_site_map"


def site_map(app: Sphinx) -> Any:
    """Return the book's map, by docname; None for a book without _toc.yml."""
    return getattr(app.config, _ATTRIBUTE, None)


def _told_elsewhere(app: Sphinx, config: Config) -> None:
    """It tells of missing pages at the page that would list them; we do at their lines in _toc.yml."""
    if site_map(app):
        config.suppress_warnings = [*config.suppress_warnings, "etoc.ref", "etoc.glob"]


def _retitled(app: Sphinx, env: BuildEnvironment, *args: set[str]) -> list[str]:
    """A title in _toc.yml is shown by the page that lists the document, and by all below that page."""
    new, old = site_map(app), getattr(env, _ATTRIBUTE, None)
    if not new or not old:
        return []
    changed = {name for name in new if name in old and new[name].title != old[name].title}
    return [name for name in new if changed.intersection(new[name].child_files())]


def setup(app: Sphinx) -> None:
    """Have pages read again whose titles were changed in _toc.yml, which sphinx-external-toc does not."""
    app.connect("config-inited", _told_elsewhere, priority=950)  # after the map is made
    app.connect("env-get-outdated", _retitled, priority=400)  # before the old map is forgotten
