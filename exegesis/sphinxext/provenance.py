"""What the book is built from and with: for its manifest, and for the line under a chapter's title.

Of the commit and of versions, not of the clock: two builds of one commit say the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.execution import Needs
from exegesis.execution.imports import imported_names
from exegesis.execution.sphinx import executed_notebook, execution_of
from exegesis.execution.store.needs import PYTHON, distributions_of
from exegesis.kernel.environment import baseline
from exegesis.revision import Revision, revision_of

from .book import book_of
from .records import records_of
from .state import once_a_build

_BUILD = "_build"


@dataclass(frozen=True)
class Origin:
    """What a chapter's page says of its verification."""

    commit: str  # empty outside of a repository
    date: str  # of the commit, as 2026-01-31
    clean: bool  # whether the chapter, and all but other chapters, is as the commit has it
    versions: dict[str, str]  # of Python and of what the cells import; none where there are no cells
    baseline: str


@once_a_build
def revision(app: Sphinx) -> Revision | None:
    """Return the commit that is built; None outside of a repository."""
    return revision_of(Path(app.srcdir))


def origin_of(app: Sphinx, docname: str) -> Origin:
    """Return what a chapter is made from and with."""
    found = revision(app)
    commit, date = (found.commit, found.date) if found else ("", "")
    clean = found is not None and not (found.changed and _concern(app, docname, found.changed))
    return Origin(commit, date, clean, versions_of(app, docname), baseline())


def versions_of(app: Sphinx, docname: str) -> dict[str, str]:
    """Return the versions of Python and of what a page's cells import, as they were when these ran."""
    versions, imports = needs_of(app, docname).versions, records_of(app.env).imports.get(docname, [])
    return {name: version for name in imports if (version := versions.get(name))}


def inputs_of(app: Sphinx, docname: str) -> set[str]:
    """Return the book's files that a page is computed from, as paths from the book's root.

    Its text, what that takes in, and what its cells read.
    """
    return set(_inputs(app, docname))


def _inputs(app: Sphinx, docname: str) -> Iterator[str]:
    root, source = Path(app.srcdir), Path(app.env.doc2path(docname))
    taken = [root / name for name in app.env.dependencies.get(docname, ())]
    read = [source.parent / name for name, digest in needs_of(app, docname).files.items() if digest]
    for path in (source, *taken, *read):
        name = PurePosixPath(os.path.relpath(path, root).replace(os.sep, "/"))
        if name.parts[0] not in ("..", _BUILD) and path.is_file():
            yield str(name)


def needs_of(app: Sphinx, docname: str) -> Needs:
    """Return what the result of a page's cells depends on."""
    run = execution_of(app).runs.get(docname)
    return run.result.needs if run and run.result else Needs()


def _concern(app: Sphinx, docname: str, changed: frozenset[str]) -> bool:
    """Say whether changed files may make another page of a chapter: all but those of other chapters."""
    papers, own = PurePosixPath(book_of(app).layout.papers), inputs_of(app, docname)
    return any(name in own or papers not in PurePosixPath(name).parents for name in changed)


def _note_imports(app: Sphinx, doctree: nodes.document) -> None:
    notebook = executed_notebook(app.env)
    if notebook and any(cell.cell_type == "code" for cell in notebook.cells):
        found = {each.lower() for name in imported_names(notebook) for each in distributions_of(name)}
        records_of(app.env).imports[app.env.docname] = [PYTHON, *sorted(found)]


def setup(app: Sphinx) -> None:
    """Note what each page's cells run with."""
    app.connect("doctree-read", _note_imports)
