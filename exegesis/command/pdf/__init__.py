"""``exegesis pdf``: each chapter, and the whole book, as a PDF that an installed Chromium prints from the built site.

Beside the site and not a part of it: a PDF takes seconds, and has the time in it at which it was made. What is
there, the next build offers in the pages; see `exegesis.sphinxext.site.pdfs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from exegesis.command.lock import only_build
from exegesis.command.pdf.chromium import NoBrowserError, PrintError, printer
from exegesis.command.project import Project, UsageError
from exegesis.paths import book_name, pdf_path


def make_pdfs(project: Project, slugs: Sequence[str], say: Callable[[str], None], *, paper: str = "A4") -> None:
    """Print these chapters into ``_build/pdf``, or all of them and the whole book.

    Args:
        project: the book; it is built.
        slugs: the chapters.
        say: told of each file.
        paper: the size of a sheet, ``A4`` or ``Letter``.

    Raises:
        UsageError: there is no such chapter, no site, no Chromium or no Playwright, or Chromium fails.
    """
    contents, chapters = project.contents(), project.chapters(slugs)
    pages = {page.path: f"{name}.html" for name, page in contents.pages.items()}
    site = project.build / "html"
    with only_build(project.build, say):
        _check(project.root, site, [pages[chapters[slug]] for slug in slugs] or list(pages.values()))
        try:
            with printer(site) as chromium:
                for slug in dict.fromkeys(slugs or chapters):
                    _write(project.root, slug, chromium.print([pages[chapters[slug]]], paper)[1], say)
                if not slugs:
                    say("printing the whole book, which takes as long again ...")
                    title, pdf = chromium.print(list(pages.values()), paper)
                    _write(project.root, book_name(title, chapters), pdf, say)
        except ModuleNotFoundError as error:
            raise UsageError(f"{error.name} is not installed; install it with: pip install 'exegesis[pdf]'") from None
        except NoBrowserError as error:
            raise UsageError(f"{error}; install Chromium or Chrome") from None
        except PrintError as error:
            raise UsageError(f"Chromium could not print: {error}") from None


def _check(root: Path, site: Path, pages: Sequence[str]) -> None:
    """Make sure that the site has these pages."""
    if not site.is_dir():
        raise UsageError("the book is not built yet, and a PDF is printed from its pages; run 'exegesis build' first")
    for page in pages:
        if not (site / page).is_file():
            where = site.relative_to(root).as_posix()
            raise UsageError(f"'{page}' is not in {where}, which is older than the page; run 'exegesis build' first")


def _write(root: Path, name: str, pdf: bytes, say: Callable[[str], None]) -> None:
    """Put a PDF into its place in one step: a new file, for the site has a second name for the old one."""
    path = pdf_path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(pdf)
    part.replace(path)
    say(f"  {path.relative_to(root).as_posix()}  {len(pdf) / 1e6:.1f} MB")
