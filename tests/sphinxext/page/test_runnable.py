"""What a chapter's page and the site have for cells that run in the browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from exegesis.browser import pyodide
from exegesis.sphinxext.theme import FOLDER
from tests.tiny import TinyBook, chapter, write_book

BODY = """
    # The First

    ```{code-cell} python
    import math
    ```

    Text.

    ```{code-cell} python
    :claim: two

    math.sqrt(4)
    ```

    ```{claim} two
    :evidence: recomputed
    :source: p. 1
    :check: = 2.0
    The root of four is two.
    ```
"""


def script(page):
    """The attributes of the script that makes cells run."""
    (tag,) = re.findall(r"<script[^>]*run\.js[^>]*>", page)
    return dict(re.findall(r'data-(\w+)="([^"]*)"', tag))


def test_a_chapter_knows_its_packages_their_size_and_where_they_are(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": chapter(BODY)}))
    data = script(book.page("one"))
    assert data == {
        "notebook": "../../_sources/book/papers/one.ipynb",
        "pyodide": pyodide.manifest()["address"],
        "packages": "",
        "bytes": str(pyodide.size_of([])),
    }
    assert "run.js" not in book.file("index.html")


def test_cells_are_named_as_in_the_notebook_which_has_their_checks(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": chapter(BODY)}))
    cells = {cell["id"]: cell for cell in json.loads(book.file("_sources/book/papers/one.ipynb"))["cells"]}
    named = re.findall(r'<div class="cell[^"]*" id="(cell-\d+)"', book.page("one"))
    assert [cells[name]["source"] for name in named] == ["import math", "math.sqrt(4)"]
    assert cells[named[1]]["metadata"]["check"] == "= 2.0"


def test_the_worker_gets_the_language_of_checks_itself(tmp_path):
    from exegesis.catalogue import checks

    book = TinyBook(write_book(tmp_path, {"one": chapter(BODY)}))
    python = json.loads(book.file("_static/run/python.json"))
    assert python["modules"]["exegesis/catalogue/checks.py"] == Path(checks.__file__).read_text("utf-8")
    for package in python["lock"]["packages"].values():
        assert python["files"][package["file_name"]]["sha256"] == package["sha256"]
    for name, file in python["files"].items():
        if file.get("here"):
            assert Path(book.app.outdir, "_static/run", name).stat().st_size == file["size"]


def test_the_editor_is_there_with_all_that_it_imports(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": chapter(BODY)}))
    scripts = list(Path(book.app.outdir, "_static/run/editor").rglob("*.js"))
    assert len(scripts) > 5
    for file in scripts:
        for name in re.findall(r'(?:from|import) "(\.[^"]+)"', file.read_text("utf-8")):
            assert (file.parent / name).exists(), (file, name)


def test_a_package_that_the_browser_lacks_is_a_fault(tmp_path):
    body = BODY.replace("import math", "import math\n    import yaml")
    book = TinyBook(write_book(tmp_path, {"one": chapter(body)}))
    assert ["no package for 'import yaml'" in message for message in book.messages] == [True]
    assert "run.js" not in book.page("one")


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A book for which 'make pyodide' fetched one small file."""
    file = pyodide.File("core.mjs", "", 4)
    monkeypatch.setattr(pyodide, "hosted", lambda: [file])
    folder = write_book(tmp_path, {"one": chapter(BODY)})
    (folder / "_build/pyodide").mkdir(parents=True)
    (folder / "_build/pyodide/core.mjs").write_bytes(b"core")
    return folder


def test_a_site_that_hosts_pyodide_has_its_files_without_a_copy(fetched):
    book = TinyBook(fetched, exegesis_pyodide="pyodide/")
    assert book.messages == []
    assert script(book.page("one"))["pyodide"] == "../../pyodide/"
    hosted = Path(book.app.outdir, "pyodide/core.mjs")
    assert hosted.samefile(fetched / "_build/pyodide/core.mjs")


def test_a_site_that_would_host_pyodide_without_its_files_is_not_built(fetched):
    (fetched / "_build/pyodide/core.mjs").unlink()
    book = TinyBook(fetched, exegesis_pyodide="pyodide/")
    assert ["core.mjs is not in _build/pyodide; run 'make pyodide'" in message for message in book.messages] == [True]


def test_the_script_of_every_page_is_small():
    import gzip

    static = FOLDER / "static"
    assert len(gzip.compress((static / "run.js").read_bytes())) < 8 * 1024
