"""A book may leave parts out."""

import json
from pathlib import Path

import jsonschema
import pytest

from exegesis.execution.notebook import read_notebook
from tests import tiny
from tests.tiny import TinyBook, chapter, open_store, write_book

PAGE = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Counting

```{code-cell} python
:claim: two

len("ab")
```

```{claim} two
:evidence: recomputed
:source: p. 1
:check: = 2
There are two.
```
"""


def pages_only(folder, page=PAGE):
    """Write and run a book of one page with a claim: no papers, no records, no keywords."""
    (folder / "conf.py").write_text(
        'extensions = ["myst_nb", "exegesis.sphinxext"]\nhtml_theme = "basic"\nhtml_math_renderer = "katex"\n'
        'nb_execution_mode = "cache"\nhtml_sourcelink_suffix = ""\nexclude_patterns = ["_build"]\n'
        "exegesis_search = False\ntemplates_path = []\n",
        encoding="utf-8",
    )
    path = folder / "index.md"
    path.write_text(page, encoding="utf-8")
    notebook, namespace = read_notebook(page), {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = tiny._run(cell.source, namespace)
    open_store(folder).put(notebook, path, 0.1)
    return folder


def test_a_book_of_pages_may_state_claims_and_is_asked_for_nothing_else(tmp_path):
    book = TinyBook(pages_only(tmp_path), run=False)
    assert book.messages == []
    page = book.file("index.html")
    assert 'id="claim-two"' in page
    assert "<td>holds</td>" in page
    assert "paper-header" not in page
    assert "feed.xml" not in page
    assert not [
        name for name in ("papers.json", "papers.bib", "feed.xml", "llms.txt") if Path(book.app.outdir, name).exists()
    ]
    claims = json.loads(book.file("claims.json"))
    schema = Path(__file__).parents[2] / "exegesis/schemas/claims.schema.json"
    jsonschema.Draft202012Validator(json.loads(schema.read_text("utf-8"))).validate(claims)
    assert [(claim["id"], claim["summary"], claim["holds"]) for claim in claims["claims"]] == [("two", None, True)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (":check: = 2", ":check: = 3", "index.md:14: claim 'two': '= 3' does not hold"),
        (":claim: two", ":claim: three", "the cell's claim 'three' is stated nowhere"),
        ("There are two.\n```\n", "There are two.\n```\n\n```{listing} gallery\n```\n", "there are no papers to list"),
    ],
)
def test_its_faults_are_told(tmp_path, old, new, told):
    book = TinyBook(pages_only(tmp_path, PAGE.replace(old, new)), run=False)
    assert any(told in message for message in book.messages), book.messages


def test_a_folder_of_papers_that_is_named_and_not_there_is_a_fault(tmp_path):
    book = TinyBook(pages_only(tmp_path), run=False, exegesis_papers="chapters")
    assert len(book.messages) == 1
    assert "exegesis_papers is 'chapters', but there is no such folder" in book.messages[0]


def test_a_feed_that_is_switched_off_goes(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")})
    assert "feed.xml" in TinyBook(folder).page("first")
    book = TinyBook(folder, exegesis_feed=False)
    assert book.messages == []
    assert "feed.xml" not in book.page("first")
    assert not Path(book.app.outdir, "feed.xml").exists()
    assert Path(book.app.outdir, "papers.json").exists()
