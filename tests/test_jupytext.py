"""Saving a chapter from JupyterLab changes no line of it: what jupytext writes is the canonical form."""

import jupytext
import pytest
from jupytext.config import load_jupytext_config

from tests.chapters import PAPERS

ROOT = PAPERS.parents[1]
MYST = {"extension": ".md", "format_name": "myst"}


@pytest.mark.parametrize("slug", sorted(path.stem for path in PAPERS.glob("*.md")))
def test_a_chapter_survives_jupyterlab(slug):
    path = PAPERS / f"{slug}.md"
    text = path.read_text(encoding="utf-8")
    config = load_jupytext_config(str(path))
    assert config is not None, "jupytext.toml is not found"
    saved = jupytext.writes(jupytext.reads(text, fmt=MYST, config=config), fmt=MYST, config=config)
    assert saved == text


def test_a_new_book_is_saved_as_this_one_is():
    ours, theirs = ROOT / "jupytext.toml", ROOT / "exegesis/command/skeleton/jupytext.toml"
    assert theirs.read_text("utf-8") == ours.read_text("utf-8")
