"""Where a build keeps things beside the book."""

from __future__ import annotations

from pathlib import Path


def store_path(root: Path) -> Path:
    """Return where the results of the book at ``root`` are kept."""
    return root / "_build" / ".jupyter_cache" / "exegesis"


def home_path(store: Path) -> Path:
    """Return what kernels take for the user's home; what they keep there, such as a list of fonts, stays."""
    return store / "home"
