"""The evidence files of the book: what is shown of them, and for which chapters they are missing or out of date."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

from exegesis.catalogue import Claim, declared
from exegesis.catalogue.claims import Declared
from exegesis.catalogue.doubted import Changes, Doubted, Evidence, read_doubted
from exegesis.catalogue.evidence import evidence_path
from exegesis.execution.notebook import cells_in_order
from exegesis.execution.sphinx import executed_notebook
from exegesis.fault import Kind
from exegesis.slicing.needed import code_digest
from exegesis.text import UnreadableError

from .book import book_of
from .faults import pass_on
from .records import records_of
from .state import once_a_build

_logger = getLogger(__name__)


@dataclass
class BookEvidence:
    """What the files say of the code as it is now, by slug."""

    chapters: dict[str, Evidence] = field(default_factory=dict)
    wanting: dict[str, list[str]] = field(default_factory=dict)  # slugs without, by the command that makes it

    def of(self, claim: Claim) -> Doubted | None:
        """Return what is known of a claim; None where nothing is."""
        chapter = self.chapters.get(claim.summary)
        found = chapter.claims.get(claim.id) if chapter else None
        return found if found and found.summary else None

    @property
    def changes(self) -> Changes:
        """What became of all changes, counted once for each claim whose code they touch."""
        return sum((chapter.changes for chapter in self.chapters.values()), Changes())

    @property
    def wiring(self) -> Changes:
        """What became of changes to how experiments are put together."""
        return sum((chapter.wiring for chapter in self.chapters.values()), Changes())

    @property
    def functions(self) -> tuple[int, int]:
        """How many changes to functions were tried, and noticed by oracle tests."""
        counts = [chapter.functions for chapter in self.chapters.values()]
        return sum(tried for tried, _ in counts), sum(noticed for _, noticed in counts)

    @property
    def seeds(self) -> list[Doubted]:
        """The claims that were tried on other seeds."""
        claims = [claim for chapter in self.chapters.values() for claim in chapter.claims.values()]
        return [claim for claim in claims if claim.held_share is not None]

    def __str__(self) -> str:
        """What is missing or out of date, for the terminal; empty where nothing is."""
        return "; ".join(
            f"run 'exegesis {command} {' '.join(slugs)}': what it found is missing or of other code"
            for command, slugs in self.wanting.items()
            if slugs
        )


@once_a_build
def evidence_of(app: Sphinx) -> BookEvidence:
    """Return the book's evidence, when all pages are read; nothing for a book that keeps none."""
    book, found = book_of(app), BookEvidence()
    if not book.has_papers or not evidence_path(book.root, book.layout.papers, "x").parent.is_dir():
        return found
    found.wanting = {"doubt": [], "seeds": []}
    records = records_of(app.env)
    for slug, summary in sorted(book.catalogue.summaries.items()):
        docname = book.docname(summary)
        if docname not in records.codes:
            continue  # it has no claim with a cell, or did not run, which is told
        chapter = _read(app, slug, records.stated[docname])
        if chapter and chapter.code == records.codes[docname]:
            found.chapters[slug] = chapter
        for command, slugs in found.wanting.items():
            if slug not in found.chapters or command not in found.chapters[slug].parts:
                slugs.append(slug)
    return found


def _read(app: Sphinx, slug: str, claims: list[Declared]) -> Evidence | None:
    book = book_of(app)
    path = evidence_path(book.root, book.layout.papers, slug)
    try:
        return read_doubted(path, claims)
    except UnreadableError as error:
        pass_on(app, error.fault(path.relative_to(book.root).as_posix(), Kind.EVIDENCE))
        return None


def _note_code(app: Sphinx, doctree: nodes.document) -> None:
    """Note what the evidence of a chapter that ran has to be known by."""
    docname = app.env.docname
    notebook = executed_notebook(app.env)
    if notebook is None or not book_of(app).is_chapter(docname):
        return
    cells = [(cell.source, cell.metadata.get("claim", "")) for cell in cells_in_order(notebook)]
    path = Path(app.env.doc2path(docname))
    claims = declared(path.read_text(encoding="utf-8-sig", errors="replace"), ipynb=path.suffix == ".ipynb")
    if {claim.id for claim in claims} & {name for _, name in cells}:
        records_of(app.env).codes[docname] = code_digest(cells, claims)
        records_of(app.env).stated[docname] = claims


def _tell(app: Sphinx, error: Exception | None) -> None:
    if error is None and not book_of(app).preview and (wanting := str(evidence_of(app))):
        _logger.info("evidence: %s", wanting)


def setup(app: Sphinx) -> None:
    """Note the code of each chapter, and say for which there is no evidence."""
    app.connect("doctree-read", _note_code)
    app.connect("build-finished", _tell)
