"""Former addresses: a chapter that was renamed leaves a page that leads to it, with the place that a link names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx.application import Sphinx

from exegesis.sphinxext.addresses import absolute, from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.page.policy import digest, tag
from exegesis.sphinxext.titles import title_text

from .links import BUILDERS


def former(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Yield what was a document, and which one it is now; that no other has its name is checked with the catalogue."""
    for summary in book_of(app).catalogue.summaries.values():
        docname = book_of(app).docname(summary)
        if docname in app.env.titles:
            yield from ((str(PurePosixPath(docname).with_name(old)), docname) for old in summary.formerly)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name not in BUILDERS or book_of(app).preview:
        return
    builder: Any = app.builder
    written = {}
    for old, docname in former(app):
        target = app.builder.get_target_uri(docname)
        script = f"location.replace({json.dumps(from_page(app, old, target))} + location.hash);"
        written[builder.get_outfilename(old)] = book_of(app).render(
            "moved.html",
            language=app.config.language or "en",
            title=title_text(app, docname),
            target=from_page(app, old, target),
            policy=tag({"default-src": ["'none'"], "script-src": [digest(script)]}),
            script=script,
            canonical=absolute(app, target) if app.config.html_baseurl else from_page(app, old, target),
        )
    for path in _remembered(app) - {str(path) for path in written}:
        _remove(app, Path(path))
    for path, text in written.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    _memory(app).write_text(json.dumps(sorted(map(str, written))), encoding="utf-8")


def _remove(app: Sphinx, path: Path) -> None:
    """Take a page away that leads nowhere any more, unless a document has its address now."""
    builder: Any = app.builder
    if str(path) not in {str(builder.get_outfilename(docname)) for docname in app.env.found_docs}:
        path.unlink(missing_ok=True)


def _memory(app: Sphinx) -> Path:
    return Path(app.doctreedir, "exegesis-redirects.json")


def _remembered(app: Sphinx) -> set[str]:
    try:
        return set(json.loads(_memory(app).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return set()


def setup(app: Sphinx) -> None:
    """Write the pages when the others are there, and before the site's links are checked."""
    app.connect("build-finished", _write, priority=900)
