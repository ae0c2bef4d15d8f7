"""Addresses: of a chapter by its short name, of the site's files from one of its pages, and from anywhere."""

from __future__ import annotations

from pathlib import PurePosixPath

from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri


def slug_of(docname: str) -> str:
    """Return the name of a chapter: the last part of its docname."""
    return PurePosixPath(docname).name


def from_page(app: Sphinx, docname: str, uri: str) -> str:
    """Return an address within the site as it is written on a page."""
    return relative_uri(app.builder.get_target_uri(docname), uri)


def absolute(app: Sphinx, uri: str) -> str:
    """Return an address within the site, with ``html_baseurl`` before it if that is set."""
    base = app.config.html_baseurl
    return f"{base.rstrip('/')}/{uri}" if base else uri
