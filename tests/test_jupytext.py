"""Saving a chapter from JupyterLab keeps its front matter, its cells and their options."""

import jupytext
import pytest
import yaml
from jupytext.config import load_jupytext_config

from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.execution.notebook import read_notebook
from tests.chapters import PAPERS

MYST = {"extension": ".md", "format_name": "myst"}


@pytest.mark.parametrize("slug", sorted(path.stem for path in PAPERS.glob("*.md")))
def test_a_chapter_survives_jupyterlab(slug):
    path = PAPERS / f"{slug}.md"
    text = path.read_text(encoding="utf-8")
    config = load_jupytext_config(str(path))
    assert config is not None, "jupytext.toml is not found"
    saved = jupytext.writes(jupytext.reads(text, fmt=MYST, config=config), fmt=MYST, config=config)

    before, after = (yaml.safe_load(split_front_matter(each)[0]) for each in (text, saved))
    assert after == before
    assert list(after) == sorted(after)
    old, new = read_notebook(text), read_notebook(saved)
    assert cells(new) == cells(old)


def cells(notebook):
    return [(cell.source.rstrip(), cell.metadata) for cell in notebook.cells]
