"""Which chapters a branch has changed."""

from __future__ import annotations

from pathlib import PurePosixPath

from exegesis.catalogue.load import SUFFIXES
from exegesis.command.project import Project, UsageError
from exegesis.history import RevisionError, changed_files, merge_base

_STATUS = {"A": "new", "D": "gone"}


def changed_chapters(project: Project, since: str) -> dict[str, str]:
    """Return what became of chapters, by slug: new, changed or gone; of their text, their evidence or their test.

    Args:
        project: the book, as it is checked out.
        since: the branch or commit that it is compared with, from where the two parted.

    Raises:
        UsageError: git does not know it.
    """
    try:
        files = changed_files(project.root, merge_base(project.root, since))
    except RevisionError as error:
        raise UsageError(f"git can't compare with '{since}': {error}") from None
    papers = PurePosixPath(project.layout.papers)
    changed: dict[str, str] = {}
    for letter, name in files:
        path = PurePosixPath(name)
        if papers in path.parents and path.suffix in SUFFIXES:
            changed[path.stem] = _STATUS.get(letter, "changed")
        elif path.parent == papers.parent / "evidence":
            changed.setdefault(path.stem, "changed")
        elif path.name.startswith("test_") and "tests" in path.parts:
            slug = path.stem.removeprefix("test_").replace("_", "-")
            if any((project.root / papers / f"{slug}{suffix}").is_file() for suffix in SUFFIXES):
                changed.setdefault(slug, "changed")
    return changed
