"""Pages are files of the book, one page a file, of names that differ on every system."""

from __future__ import annotations

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell


def _check(app: Sphinx, env: BuildEnvironment, *documents: set[str]) -> list[str]:
    root = Path(os.path.realpath(app.srcdir))
    files: dict[Path, str] = {}
    names: dict[str, str] = {}
    for docname in sorted(env.found_docs, key=lambda name: (name.count("/"), name)):
        path = Path(os.path.realpath(env.doc2path(docname)))
        if not path.is_relative_to(root):
            what = "leads out of the book's folder by a link, and would be published"
            _tell(docname, what, "copy what is meant to be read into the book, or take the link out")
        elif (other := files.setdefault(path, docname)) != docname:
            _tell(docname, f"is '{other}' once more, by a link", "take the link out: a file is one page")
        elif (twin := names.setdefault(docname.casefold(), docname)) != docname:
            what = f"has the name of '{twin}' but for capitals, and many systems keep one of the two"
            _tell(docname, what, "give it another name")
    return []


def _tell(docname: str, what: str, mend: str) -> None:
    tell(Kind.FILE, f"the page '{docname}' {what}", mend, (docname, 1))


def setup(app: Sphinx) -> None:
    """Look at the files before any is run or read."""
    app.connect("env-get-outdated", _check, priority=100)
