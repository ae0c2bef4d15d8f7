"""A link on the disk that leads round to itself is a file that can't be read, and nothing that ends a build.

From 8.2 on Sphinx follows the links of each file that a page names. Before 3.13 Python raises where they have no end,
which Sphinx shows as an error of an extension. Here such a file keeps the name that it was given, as in older Sphinx,
and whoever opens it tells of it. Seen in Sphinx 8.2 and 9.0; no issue is known upstream.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_original = BuildEnvironment.relfn2path


def relfn2path(env: BuildEnvironment, filename: str, docname: str | None = None) -> tuple[str, str]:
    """Return a file's path relative to the book's folder, and the whole of it."""
    try:
        return _original(env, filename, docname)
    except RuntimeError:
        name = os.fspath(filename)
        folder = "" if name.startswith("/") else posixpath.dirname(env.doc2path(docname or env.docname, False))
        inside = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
        return inside, os.fspath(Path(env.srcdir, inside))


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's own."""
    BuildEnvironment.relfn2path = relfn2path  # type: ignore[assignment,method-assign]
