"""A result is found again as long as nothing that it depends on has changed, and not a moment longer."""

import datetime
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exegesis.execution import Options, Store, run_notebooks, with_outputs
from exegesis.execution.notebook import read_notebook
from exegesis.execution.seen import Seen
from exegesis.execution.store import needs
from exegesis.execution.store.needs import recorded_needs
from exegesis.execution.store.store import KEPT
from exegesis.kernel.environment import set_environment
from exegesis.paths import store_path
from tests.tiny import chapter

BODY = """\
# T

Some prose.

```{code-cell} python
---
mystnb: {image: {alt: A line.}}
---
x = 1
```

```{code-cell} python
import helper
x + helper.number
```
"""


@pytest.fixture
def page(tmp_path):
    """A chapter that imports a module and reads a file beside it; its result is in the store."""
    set_environment(tmp_path)
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "helper.py").write_text("number = 1\n", encoding="utf-8")
    (folder / "data.txt").write_text("1\n", encoding="utf-8")
    path = folder / "page.md"
    path.write_text(chapter(BODY), encoding="utf-8")
    keep(path, "numpy")
    return path


def keep(path, *modules):
    """Store the result of a run that read the data and imported these modules."""
    text = path.read_text(encoding="utf-8")
    notebook = read_notebook(text)
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
        cell.outputs = []
    seen = Seen(files=("data.txt", "helper.py"), modules=modules)
    with opened(path) as store:
        found = recorded_needs(notebook, path, store.root, seen, {}, time.time())
        store.note_text(text, path, store.put(notebook, path, 1.5, found))
        store.forget()


def ask(path):
    """Ask for a result by the file's text and by its notebook; the first may know less, and never more."""
    text = path.read_text(encoding="utf-8")
    with opened(path) as store:
        by_text, by_notebook = store.find_text(text, path), store.find(read_notebook(text), path)
        assert by_text in (None, by_notebook)
        if by_notebook:
            store.note_text(text, path, by_notebook)
        store.forget()
    return [found and found.seconds for found in (by_text, by_notebook)]


def opened(path):
    return Store(store_path(path.parent.parent))


def is_found(path):
    return ask(path)[1] is not None


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Some prose.", "Other prose.\n\nAnd more."),
        ("A line.", "Another text."),
        ("mystnb: {image: {alt: A line.}}", "mystnb: {figure: {caption: C, name: n}}\ntags: [hide-input]"),
        ("tldr: It is short.", "tldr: It is shorter."),
        ("x = 1\n```", "x = 1\n```\n\nBetween the cells.\n"),
    ],
)
def test_what_the_run_does_not_see_does_not_matter(page, old, new):
    edit(page, old, new)
    assert is_found(page)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1", "x = 2"),
        ("mystnb: {image: {alt: A line.}}", "tags: [raises-exception]"),
        ("mystnb: {image: {alt: A line.}}", "tags: [skip-execution]"),
        ("x = 1\n```", "x = 1\n```\n\n```{code-cell} python\ny = 1\n```\n"),
        ("  name: python3", "  name: other"),
    ],
)
def test_what_the_run_sees_matters(page, old, new):
    assert is_found(page)
    edit(page, old, new)
    assert not is_found(page)


@pytest.mark.parametrize("name", ["data.txt", "helper.py", "matplotlibrc", "helper/__init__.py"])
def test_files_that_are_read_or_would_be_matter(page, name):
    (page.parent / "unrelated.txt").write_text("x", encoding="utf-8")
    assert is_found(page)
    (page.parent / name).parent.mkdir(exist_ok=True)
    (page.parent / name).write_text("number = 2\n", encoding="utf-8")
    assert not is_found(page)


def test_a_text_that_was_run_or_read_before_is_not_read_again(page):
    assert ask(page) == [1.5, 1.5]
    edit(page, "Some prose.", "Other prose.")
    assert ask(page) == [None, 1.5]
    assert ask(page) == [1.5, 1.5]
    edit(page, "x = 1", "x = 2")
    assert ask(page) == [None, None]


def test_a_file_that_is_touched_is_still_the_same(page):
    os.utime(page.parent / "data.txt")
    assert is_found(page)


def test_a_file_that_changes_during_the_run_is_not_trusted(page):
    notebook = read_notebook(page.read_text(encoding="utf-8"))
    found = recorded_needs(notebook, page, page.parent, Seen(files=("data.txt",)), {}, time.time() - 3600)
    with Store(page.parent / "store", page.parent.parent) as store:
        store.put(notebook, page, 1.5, found)
        assert store.find(notebook, page) is None


@pytest.mark.parametrize(
    ("package", "matters"),
    [("numpy", True), ("ipykernel", True), ("python", True), ("scipy", False), ("sphinx", False), ("tornado", False)],
)
def test_versions_of_what_is_imported_matter_and_no_others(page, monkeypatch, package, matters):
    installed = needs._version
    monkeypatch.setattr(needs, "_version", lambda name: "99" if name.lower() == package else installed(name))
    assert is_found(page) is not matters


def test_what_an_import_requires_matters_too(page, monkeypatch):
    edit(page, "x = 1", "x = 2")
    keep(page, "sklearn")
    installed = needs._version
    monkeypatch.setattr(needs, "_version", lambda name: "99" if name == "threadpoolctl" else installed(name))
    assert not is_found(page)


def test_a_result_has_the_present_metadata(page):
    edit(page, "A line.", "Another text.")
    notebook = read_notebook(page.read_text(encoding="utf-8"))
    with opened(page) as store:
        cell = with_outputs(notebook, store.find(notebook, page).file).cells[1]
    assert cell.metadata["mystnb"]["image"]["alt"] == "Another text."
    assert cell.execution_count == 1


def test_what_nobody_used_for_long_is_forgotten_and_what_is_used_stays(page):
    store, long_ago = opened(page), (datetime.date.today() - datetime.timedelta(days=KEPT + 1)).isoformat()
    with store._index:
        store._index.execute("UPDATE result SET used = ?", [long_ago])
    store.find(read_notebook(page.read_text(encoding="utf-8")), page)
    store.forget()  # it was used just now
    assert is_found(page)
    store = opened(page)
    with store._index:
        store._index.execute("UPDATE result SET used = ?", [long_ago])
    store.forget()
    assert not is_found(page)
    assert not list(Path(store_path(page.parent.parent), "results").iterdir())


@pytest.mark.parametrize("other", ["book/other.md", "elsewhere/page.md"])
def test_the_same_code_at_another_place_is_another_notebook(page, other):
    path = page.parent.parent / other
    path.parent.mkdir(exist_ok=True)
    path.write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    with opened(page) as store:
        assert store.find(read_notebook(path.read_text(encoding="utf-8")), path) is None


@pytest.mark.parametrize("options", [Options(allow_errors=True), Options(in_temp=True)])
def test_a_run_under_other_settings_is_another(page, options):
    notebook = read_notebook(page.read_text(encoding="utf-8"))
    with opened(page) as store:
        assert store.find(notebook, page, Options(timeout=7))
        assert store.find(notebook, page, options) is None


def test_results_that_come_and_go_are_all_kept(page):
    edit(page, "x = 1", "x = 2")
    keep(page)
    edit(page, "x = 2", "x = 1")
    assert is_found(page)
    (page.parent / "data.txt").write_text("2", encoding="utf-8")
    keep(page)
    (page.parent / "data.txt").write_text("1\n", encoding="utf-8")
    assert is_found(page)


def test_a_book_that_moves_takes_its_results_along(page):
    moved = page.parent.parent.rename(page.parent.parent.with_name("moved"))
    assert is_found(moved / "book/page.md")


def test_a_copy_of_the_store_is_as_good(page):
    for file in store_path(page.parent.parent).rglob("*.ipynb"):
        os.utime(file, (1, 1))
    assert is_found(page)


def test_a_torn_file_is_not_used(page):
    for file in store_path(page.parent.parent).rglob("*.ipynb"):
        file.write_text(file.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert not is_found(page)


def test_a_kernel_says_what_a_chapter_reads(tmp_path):
    set_environment(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("1", encoding="utf-8")
    (tmp_path / "tool.py").write_text("import autograd\nvalue = 3\n", encoding="utf-8")
    code = """\
import os, tool
os.chdir("data")
text = open("a.txt").read()
with open("made.txt", "w") as file:
    file.write("x")
open("made.txt").read()
try:
    open("missing.txt")
except OSError:
    pass
"""
    path = tmp_path / "page.md"
    path.write_text(chapter(f"# T\n\n```{{code-cell}} python\n{code}```\n"), encoding="utf-8")
    store = Store(tmp_path / "store")
    assert run_notebooks([path], store)[0].failure is None
    ((told,),) = store._index.execute("SELECT needs FROM result").fetchall()
    told = json.loads(told)
    inside = {name: digest for name, digest in told["files"].items() if not Path(name).is_absolute()}  # of the book
    assert {name for name, digest in inside.items() if digest} == {"data/a.txt", "tool.py"}
    assert told["files"]["data/missing.txt"] is None
    assert {"autograd", "numpy"} <= told["versions"].keys()  # imported by the local module, and what that requires
    assert "scipy" not in told["versions"]


WRITE_MANY = """\
import sys
from pathlib import Path
import nbformat.v4 as v4
from exegesis.execution import Store
store = Store(Path(sys.argv[1], "store"))
for number in range(10_000):
    nb = v4.new_notebook(cells=[v4.new_code_cell(f"x = {number}")])
    store.put(nb, Path(sys.argv[1], "page.md"), 1.0)
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_it_survives_a_crash_at_any_moment(tmp_path):
    (tmp_path / "page.md").write_text("", encoding="utf-8")
    for moment in (0, 0.004, 0.011):
        process = subprocess.Popen([sys.executable, "-c", WRITE_MANY, str(tmp_path)], stdout=subprocess.PIPE)
        with process:
            for _ in range(3):
                process.stdout.readline()
            time.sleep(moment)
            process.kill()
        with Store(tmp_path / "store") as store:
            rows = list(store._rows())
        for row in rows:
            json.loads((store.path / "results" / f"{row.id}.ipynb").read_text(encoding="utf-8"))
    assert len(rows) >= 2
