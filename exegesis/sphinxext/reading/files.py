"""What a page takes in stands in the book: a page must not publish what lies beside it on somebody's disk.

Directives that take in files have many names, in Sphinx, in docutils and in extensions; they all note what they
read, so that Sphinx knows when to read the page again. That is what is looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst.directives.misc import Include
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralInclude

from exegesis.execution.notebook import loaded_files
from exegesis.fault import Kind
from exegesis.sphinxext.ancestors import ancestors
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import is_output

from .svg import unfit

#: How the files of pictures begin.
_PICTURES = {
    ".png": (b"\x89PNG",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF8",),
    ".webp": (b"WEBP",),
    ".svg": (b"svg",),
}


class NotingLiteralInclude(LiteralInclude):
    """Notes the other file of a ``:diff:`` too, which Sphinx 7.4 forgets."""

    def run(self) -> list[nodes.Node]:
        if "diff" in self.options:
            self.env.note_dependency(self.env.relfn2path(self.options["diff"])[0])
        return super().run()


def _check(app: Sphinx, doctree: nodes.document) -> None:
    root, docname = _real(app.srcdir), app.env.docname
    allowed = (root, _real(Include.standard_include_path))
    # Newer Sphinx notes some both ways, from the root and from the system's.
    for name in sorted({os.path.relpath(root / name, root) for name in _taken(app, docname)}):
        path = _real(root / name)  # a link in the book may lead out of it
        if not path.exists() or any(path.is_relative_to(folder) for folder in allowed) or path in _modules():
            continue
        _tell_outside(name, (docname, _line(app, docname, Path(name).name)))


def _check_static(app: Sphinx, *args: object) -> None:
    """Tell of what a folder that is published as it is takes from elsewhere, by a link on the disk."""
    root = _real(app.srcdir)
    for place in [*app.config.html_static_path, *app.config.html_extra_path]:
        folder = Path(app.confdir, place)
        if not _real(folder).is_relative_to(root) and not folder.is_relative_to(app.srcdir):
            continue  # of an extension
        for path in (folder, *sorted(folder.rglob("*"))):
            if path.is_symlink() and not _real(path).is_relative_to(root):
                _tell_outside(os.path.relpath(path, app.srcdir), f"{path}:1")


def _tell_outside(name: str, where: str | tuple[str, int]) -> None:
    what = f"'{name}' is outside of the book's folder, and would be published"
    tell(Kind.FILE, what, "copy what is meant to be read into the book, or take it out", where)


def _check_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Tell of pictures that a browser will not show, of those that it would fetch, and of those that run something."""
    docname = app.env.docname
    for node in doctree.findall(nodes.image):
        name, shown = node["uri"], any(map(is_output, ancestors(node)))
        path = Path(app.srcdir, name)
        if name.startswith(("http:", "https:", "//")) and not shown:
            tell(Kind.FILE, f"{name} would be fetched from elsewhere by each reader", "keep a copy in the book", node)
        elif name in app.env.images:
            where = node if shown else (docname, _line(app, docname, path.name))
            called = f"the cell's {path.suffix.removeprefix('.').upper()}" if shown else f"'{name}'"
            if not _is_picture(path):
                tell(Kind.FILE, f"{called} is no picture of the kind that its name says", "save it again", where)
            elif path.suffix.lower() == ".svg" and (found := unfit(path)):
                line, what = found
                told = f"{called} {what}, at its line {line}"
                tell(Kind.FILE, told, "take it out: it would do so where the file is opened", where)


def _is_picture(path: Path) -> bool:
    """Say whether a file begins as pictures of its kind do; of kinds that are not known here, whether it has data."""
    try:
        with path.open("rb") as file:
            begin = file.read(4096)
    except OSError:
        return True  # that is told by Sphinx
    beginnings = _PICTURES.get(path.suffix.lower(), (b"",))
    return bool(begin) and any(beginning in begin for beginning in beginnings)


def _taken(app: Sphinx, docname: str) -> Iterator[str]:
    """Yield the files that a page shows or offers, as Sphinx has noted them; those of its cells too."""
    yield from map(os.fspath, app.env.dependencies.get(docname, ()))
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".md":
        for file in loaded_files(path.read_text(encoding="utf-8", errors="replace"), path):
            yield os.path.relpath(file, app.srcdir)
    for files in (app.env.images, app.env.dlfiles):
        yield from (os.fspath(name) for name, (documents, _) in files.items() if docname in documents)


def _real(path: str | os.PathLike[str]) -> Path:
    """Return where a path leads to; of links that lead round to themselves it is one of them."""
    return Path(os.path.realpath(path))


def _modules() -> set[Path]:
    """Return the modules that are loaded: pages that are made of their docstrings depend on them."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {_real(file) for file in files if file}


def _line(app: Sphinx, docname: str, name: str) -> int:
    lines = Path(app.env.doc2path(docname)).read_text(encoding="utf-8", errors="replace").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if name in line), 1)


def setup(app: Sphinx) -> None:
    """Look at what was noted when Sphinx has noted it."""
    app.add_directive("literalinclude", NotingLiteralInclude, override=True)
    app.connect("doctree-read", _check, priority=900)
    app.connect("doctree-read", _check_pictures, priority=900)
    app.connect("env-before-read-docs", _check_static)
