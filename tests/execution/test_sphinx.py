"""Notebooks are run before pages are read, as the book and each notebook ask, and each page shows its own."""

import json

import nbformat.v4 as v4
import pytest
from sphinx.testing.util import SphinxTestApp

from exegesis.execution.sphinx import execution_of
from tests.tiny import TinyBook, chapter, write_book

CHAPTER = chapter("# One\n\n```{code-cell} python\n6 * 7\n```\n")
FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n"
COUNT = "from pathlib import Path\nwith Path('runs').open('a') as runs:\n    _ = runs.write('x')"


def cell(code):
    return f"```{{code-cell}} python\n{code}\n```\n\n"


class Plain:
    """A book of pages, by Sphinx alone, that has the engine and nothing else of this package."""

    def __init__(self, folder, pages, **config):
        for name, text in pages.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        listed = "\n".join(name.rpartition(".")[0] for name in pages if name.endswith((".md", ".ipynb")))
        (folder / "index.md").write_text(f"# Book\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8")
        (folder / "conf.py").write_text(
            'extensions = ["exegesis.execution.sphinx"]\nhtml_theme = "basic"\nexclude_patterns = ["_build"]\n',
            encoding="utf-8",
        )
        self.folder, self.config = folder, {"nb_execution_mode": "cache", **config}

    def build(self):
        app = SphinxTestApp("html", self.folder, builddir=self.folder / "_build", confoverrides=self.config)
        try:
            execution_of(app).say = lambda line: self.said.append(line)
            self.said = []
            app.build()
            self.warnings = app.warning.getvalue()
            self.out = app.outdir
        finally:
            app.cleanup()
        return self

    def page(self, name):
        return (self.out / f"{name}.html").read_text(encoding="utf-8")


def ipynb(code, outputs=()):
    made = v4.new_notebook(
        cells=[v4.new_markdown_cell("# N"), v4.new_code_cell(code, outputs=list(outputs))],
        metadata={"kernelspec": {"name": "python3", "display_name": "P"}},
    )
    return json.dumps(made)


def test_the_same_code_in_two_folders_gives_each_page_its_own(tmp_path):
    text = FRONT + "# T\n\n" + cell("print(open('data.txt').read())")
    pages = {"north/x.md": text, "south/x.md": text, "north/data.txt": "NORTH", "south/data.txt": "SOUTH"}
    book = Plain(tmp_path, pages)
    for _ in range(2):
        book.build()
        assert "NORTH" in book.page("north/x")
        assert "SOUTH" in book.page("south/x")
        assert book.warnings == ""
    assert book.said == []


def test_data_that_changes_and_changes_back_is_shown_as_it_is(tmp_path):
    book = Plain(tmp_path, {"x.md": FRONT + "# T\n\n" + cell("print(open('data.txt').read())"), "data.txt": "ONE"})
    for text, ran in (("ONE", True), ("TWO", True), ("ONE", False)):
        (tmp_path / "data.txt").write_text(text, encoding="utf-8")
        book.build()
        assert f"<span></span>{text}" in book.page("x")
        assert bool(book.said) == ran


def test_a_notebook_that_fails_is_run_once_and_shows_how_far_it_came(tmp_path):
    code = cell(COUNT + "\n'as far as this'") + cell("raise ValueError('here')") + cell("'never'")
    book = Plain(tmp_path, {"x.md": FRONT + "# T\n\n" + code}).build()
    assert (tmp_path / "runs").read_text() == "x"
    assert "as far as this" in book.page("x")
    assert "ValueError" in book.page("x")
    line = (tmp_path / "x.md").read_text("utf-8").splitlines().index("raise ValueError('here')") + 1
    assert f"x.md:{line}: WARNING: the cell raises ValueError: here; mend the cell" in book.warnings
    assert (book.out / "reports/x.err.log").exists()
    book.build()
    assert (tmp_path / "runs").read_text() == "xx", "it is red until it is mended"


@pytest.mark.parametrize(
    ("config", "front", "runs"),
    [
        ({"nb_execution_mode": "off"}, "", ""),
        ({"nb_execution_excludepatterns": ["x*"]}, "", ""),
        ({}, "mystnb: {execution_mode: 'off'}\n", ""),
        ({"nb_execution_mode": "off"}, "mystnb: {execution_mode: cache}\n", "x"),
        ({"nb_execution_mode": "auto"}, "", "x"),
        ({"nb_execution_mode": "force"}, "", "xx"),
    ],
)
def test_a_notebook_is_run_when_the_book_or_it_says_so(tmp_path, config, front, runs):
    text = FRONT.replace("file_format", f"{front}file_format") + "# T\n\n" + cell(COUNT)
    book = Plain(tmp_path, {"x.md": text}, **config)
    for _ in range(2):
        book.build()
        assert book.warnings == ""
    assert ((tmp_path / "runs").read_text() if (tmp_path / "runs").exists() else "") == runs


def test_timeout_errors_and_folder_are_as_asked(tmp_path):
    def page(option, *cells):
        return (
            FRONT.replace("file_format", f"mystnb: {{{option}}}\nfile_format") + "# T\n\n" + "".join(map(cell, cells))
        )

    book = Plain(
        tmp_path,
        {
            "slow.md": page("execution_timeout: 1", "import time; time.sleep(60)"),
            "errors.md": page("execution_allow_errors: true", "1 / 0", "'and on'"),
            "temp.md": page("execution_in_temp: true", "import os\nlen(os.listdir())"),
        },
    ).build()
    assert "the cell takes longer than 1 s" in book.warnings
    assert book.warnings.count("mend the cell") == 1
    assert "and on" in book.page("errors")
    assert "<span></span>0" in book.page("temp")


def test_ipynb_are_notebooks_too_and_complete_ones_stay_as_they_are_where_the_mode_is_auto(tmp_path):
    shown = [v4.new_output("stream", name="stdout", text="from long ago\n")]
    pages = {"deep/new.ipynb": ipynb("print('ran now')"), "done.ipynb": ipynb("print('never')", shown)}
    book = Plain(tmp_path, pages, nb_execution_mode="auto").build()
    assert "ran now" in book.page("deep/new")
    assert "from long ago" in book.page("done")
    assert len(book.said) == 1


def test_a_page_with_a_byte_order_mark_is_run_here(tmp_path):
    (tmp_path / "x.md").write_bytes(b"\xef\xbb\xbf" + (FRONT + "# T\n\n" + cell("'ran'")).encode())
    book = Plain(tmp_path, {})
    (tmp_path / "index.md").write_text("# B\n\n```{toctree}\nx\n```\n")
    assert len(book.build().said) == 1


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("x.ipynb", b"{", "x.ipynb: WARNING: the notebook can't be read"),
        ("x.md", (FRONT + "# T\n\n```{code-cell} python\n:tags: [a\n1\n```\n").encode(), "options can't be read"),
        (
            "x.md",
            (FRONT + "# T\n\n" + cell("'caf\xe9'")).encode("latin-1"),
            "x.md:8: WARNING: undecodable source characters",
        ),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_built(tmp_path, name, data, told):
    book = Plain(tmp_path, {"good.md": FRONT + "# Good\n\n" + cell("'ran'")})
    (tmp_path / name).write_bytes(data)
    (tmp_path / "index.md").write_text("# B\n\n```{toctree}\nx\ngood\n```\n")
    book.build()
    assert told in book.warnings
    assert book.warnings.count("WARNING") == 1
    assert "ran" in book.page("good")


def test_code_that_a_cell_takes_in_is_part_of_it(tmp_path):
    text = FRONT + "# T\n\n```{code-cell} python\n:load: code/x.py\n```\n"
    book = Plain(tmp_path, {"sub/x.md": text, "sub/code/x.py": "print('ONE')"})
    for word in ("ONE", "TWO"):
        (tmp_path / "sub/code/x.py").write_text(f"print('{word}')", encoding="utf-8")
        book.build()
        assert book.warnings == ""
        assert word in book.page("sub/x").partition("cell_output")[2]


def test_markdown_that_would_take_for_ever_is_told_and_shown_as_text(tmp_path):
    code = "from IPython.display import Markdown\nMarkdown('a * b ' * 60_000)"
    book = Plain(tmp_path, {"x.md": FRONT + "# T\n\n" + cell(code)}).build()
    assert "60,000 signs of emphasis" in book.warnings
    assert "a * b a * b" in book.page("x")


def test_a_date_in_the_front_matter_is_no_error(tmp_path):
    text = FRONT.replace("file_format", "date: 2026-01-31\nfile_format") + "# T\n\n" + cell("'ran'")
    book = Plain(tmp_path, {"x.md": text}).build()
    assert "ran" in book.page("x")
    assert book.warnings == ""


def test_inline_is_left_to_myst_nb_and_said(tmp_path):
    text = FRONT + "# T\n\n" + cell("x = 6 * 7") + "It is {eval}`x`.\n"
    book = Plain(tmp_path, {"x.md": text}, nb_execution_mode="inline").build()
    assert "42" in book.page("x")
    assert "mode 'inline'" in book.said[0]


def test_what_a_cell_leaves_in_its_buffers_is_written_and_what_is_to_be_done_at_the_end_is_done(tmp_path):
    code = """\
import atexit
from pathlib import Path
table = open("table.txt", "w")
_ = table.write("1 2 3")
_ = atexit.register(Path("bye.txt").write_text, "bye")"""
    Plain(tmp_path, {"x.md": FRONT + "# T\n\n" + cell(code)}).build()
    assert (tmp_path / "table.txt").read_text() == "1 2 3"
    assert (tmp_path / "bye.txt").read_text() == "bye"


def test_myst_nb_has_its_own_clients_again_after_a_build(tmp_path):
    import myst_nb.sphinx_
    from myst_nb.core.execute import create_client

    Plain(tmp_path, {"x.md": FRONT + "# T\n\n" + cell("1")}).build()
    assert myst_nb.sphinx_.create_client is create_client


def test_myst_nb_asks_for_a_client_as_this_engine_assumes():
    """The one thing that is bent: `myst_nb.sphinx_.create_client(notebook, path, config, logger, read_fmt)`."""
    import inspect

    import myst_nb.sphinx_

    assert list(inspect.signature(myst_nb.sphinx_.create_client).parameters)[:4] == [
        "notebook",
        "source",
        "nb_config",
        "logger",
    ]
    assert "with create_client(" in inspect.getsource(myst_nb.sphinx_.Parser.parse)


def test_the_executed_notebook_comes_back_when_it_was_taken_away(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": CHAPTER}))
    path = book.app.outdir / "_sources/book/papers/one.ipynb"
    text = path.read_text("utf-8")
    assert [cell["outputs"][0]["data"]["text/plain"] for cell in json.loads(text)["cells"] if "outputs" in cell] == [
        "42"
    ]
    path.unlink()
    TinyBook(tmp_path)
    assert path.read_text("utf-8") == text


def test_the_next_page_does_not_get_the_last_ones_result(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": CHAPTER, "two": chapter("# Two\n")}))
    assert not (book.app.outdir / "_sources/book/papers/two.ipynb").exists()


def test_of_other_books_a_result_that_a_process_may_have_made_another_is_used_and_said(tmp_path):
    pages = {"x.md": FRONT + "# T\n\n" + cell("import subprocess\nsubprocess.run(['true']).returncode")}
    book = Plain(tmp_path, pages).build()
    assert book.warnings == ""
    assert not any("processes" in line for line in book.said)
    assert "not seen: x" in book.build().said[-1]
    assert book.warnings == ""


def test_a_book_that_promises_the_same_results_tells_what_makes_them_differ(tmp_path):
    body = "# One\n\n```{code-cell} python\nimport time\ntime.time() > 0\n```\n"
    folder = write_book(tmp_path, {"one": chapter(body)})
    (fault,) = TinyBook(folder, run=False).faults.faults
    assert fault.path == "book/papers/one.md"
    assert chapter(body).splitlines()[fault.line - 1] == "time.time() > 0"
    assert "reads the clock (time.time)" in fault.what
    assert TinyBook(folder, run=False).messages == [str(fault)]  # from the store, and still
    assert TinyBook(folder, run=False, exegesis_uses=["clock"]).messages == []
    tagged = body.replace("import time", ":tags: [uses-clock]\n\nimport time")
    assert TinyBook(write_book(tmp_path, {"one": chapter(tagged)}), run=False).messages == []


def test_a_kernel_that_there_is_not_is_told_and_the_rest_is_built(tmp_path):
    text = FRONT.replace("name: python3", "name: nobodys") + "# T\n\nSome words.\n\n" + cell("1")
    book = Plain(tmp_path, {"x.md": text, "y.md": "# Y\n"}).build()
    assert "No such kernel named nobodys" in book.warnings
    assert "Some words" in book.page("x")
