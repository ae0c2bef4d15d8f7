"""Addresses: of the site's files from anywhere."""

from __future__ import annotations

from sphinx.application import Sphinx


def absolute(app: Sphinx, uri: str) -> str:
    """Return an address within the site, with ``html_baseurl`` before it if that is set."""
    base = app.config.html_baseurl
    return f"{base.rstrip('/')}/{uri}" if base else uri
