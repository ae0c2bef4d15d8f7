"""Where a build keeps things beside the book."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from exegesis.catalogue.shelf import ascii_name


def store_path(root: Path) -> Path:
    """Return where the results of the book at ``root`` are kept."""
    return root / "_build" / ".jupyter_cache" / "exegesis"


def home_path(store: Path) -> Path:
    """Return what kernels take for the user's home; what they keep there, such as a list of fonts, stays."""
    return store / "home"


def pdf_path(root: Path, name: str) -> Path:
    """Return where ``exegesis pdf`` puts a chapter, by its slug, or the book at ``root``, by `book_name`."""
    return root / "_build" / "pdf" / f"{name}.pdf"


def book_name(title: str, chapters: Collection[str]) -> str:
    """Return what the file of a whole book is called, beside those of its chapters."""
    name = ascii_name(title) or "book"
    return f"{name}-book" if name in chapters else name
