"""Two states of a book in memory, and a tiny repository of it."""

from __future__ import annotations

from pathlib import Path

from exegesis.review.book import Side, compare_chapter, read_side
from exegesis.review.compare import Compared
from tests import tiny
from tests.doubt.tiny import cell
from tests.tiny import git, write_book

NAME = "book/papers/tiny.md"
CODE = cell("def f(x):\n    return x + 1.0\n\ny = f(2)")


class Texts:
    """A book's files, as a dict has them."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def names(self, under: str = "") -> list[str]:
        return sorted(name for name in self.texts if not under or name.startswith(f"{under}/"))

    def bytes(self, name: str) -> bytes | None:
        return self.texts[name].encode() if name in self.texts else None


def chapter(*parts: str) -> str:
    return tiny.chapter("# Tiny\n\n" + "\n".join(parts))


def claim(check: str = "y = 3.0", name: str = "sum", evidence: str = "recomputed", more: str = "") -> str:
    lines = "".join(f"  {line}\n" for line in check.splitlines())
    checks = f":check: |\n{lines}" if check else ""
    text = "The sum of two and one, which nobody doubts, is three."
    return (
        f"```{{claim}} {name}\n:evidence: {evidence}\n:source: Sec. 1\n:why: it is a toy\n{checks}{more}{text}\n```\n"
    )


def proof(values: str = '{"y": y}', name: str = "sum") -> str:
    return cell(values, name)


def side(chapters: dict[str, str], root: Path = Path("/nowhere")) -> Side:
    return read_side(Texts(chapters), root)


def compared(before: str | dict[str, str] | None, now: str | dict[str, str]) -> Compared:
    """Compare two states of one chapter: of its text, or of all files."""
    old, new = ({NAME: each} if isinstance(each, str) else each or {} for each in (before, now))
    return compare_chapter(side(old), side(new), "tiny", NAME if before else None, NAME)


def subjects(before: str | dict[str, str] | None, now: str | dict[str, str]) -> list[str]:
    return [each.subject for each in compared(before, now).weakenings]


def commit(folder: Path, message: str = "A change") -> str:
    """Commit all of a folder, in a repository of its own; return the commit's name."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def repository(root: Path, text: str) -> Path:
    """Write a book with one chapter into a repository, on a branch of its own."""
    root.mkdir()
    write_book(root, {"tiny": text})
    (root / "conf.py").unlink()
    (root / "_config.yml").write_text("sphinx:\n  extra_extensions: [exegesis.sphinxext]\n")
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: book/papers/tiny\n")
    (root / ".gitignore").write_text("_build\n")
    commit(root)
    git(root, "switch", "--quiet", "--create", "branch")
    return root
