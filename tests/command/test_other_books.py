"""Books that know nothing of this package are built as Jupyter Book's own command builds them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import nbformat.v4 as v4
import pytest

pytest.importorskip("jupyter_book", reason="it can't be installed beside Sphinx 8")

from exegesis.command.cli import OK, USAGE

FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
COUNT = "from pathlib import Path\nwith Path('runs').open('a') as runs:\n    _ = runs.write('x')\n"


def cell(code):
    return f"```{{code-cell}} python\n{dedent(code).strip()}\n```\n\n"


def notebook(*cells, kernel="python3", language="python", outputs=(), **metadata):
    made = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# A notebook"),
            *(v4.new_code_cell(code, outputs=list(outputs)) for code in cells),
        ],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": language}, **metadata},
    )
    for number, each in enumerate(made.cells):
        each["id"] = f"cell-{number}"
    return json.dumps(made)


def write(folder, config, files):
    toc = "format: jb-book\nroot: index\nparts:\n- caption: First\n  numbered: true\n  chapters:\n"
    chapters = [Path(name).with_suffix("").as_posix() for name in files if name.endswith((".md", ".ipynb"))]
    toc += "".join(f"  - file: {name}\n" for name in chapters if name.count("/") < 2)
    nested = [name for name in chapters if name.count("/") == 2]
    toc += "- caption: Second\n  chapters:\n  - file: outer\n    sections:\n"
    toc += "".join(f"    - file: {name}\n" for name in [*nested, "inner"])
    files = files | {
        "_config.yml": f"title: Foreign\nonly_build_toc_files: true\n{dedent(config)}",
        "_toc.yml": toc,
        "index.md": "# A foreign book\n\n```{tableofcontents}\n```\n",
        "outer.md": "# Outer\n\n```{tableofcontents}\n```\n",
        "inner.md": "# Inner\n\nNo code.\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def pages(site):
    """The pages, without the random ids that a build gives to what has no name."""
    found = {path.relative_to(site).as_posix(): path for path in site.rglob("*.html")}
    return {
        name: re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "id", path.read_text())
        for name, path in found.items()
    }


def stock(folder, output):
    """Build a book with Jupyter Book's own command, elsewhere."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", str(folder), "--path-output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pages(output / "_build/html")


def exegesis(*arguments, folder=None):
    """Run the command in a process of its own, where the warnings of others' extensions are no errors."""
    command = [sys.executable, "-m", "exegesis.command.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert "Traceback" not in done.stderr
    return done


def built(folder):
    done = exegesis("build", folder)
    assert done.returncode == OK, done.stderr
    return done.stdout


def assert_same_pages(folder, theirs):
    ours = pages(folder / "_build/html")
    assert ours.keys() == theirs.keys()
    assert [name for name in theirs if ours[name] != theirs[name]] == []


SHAPES = {
    "md/plain.md": "# Prose\n\nNo code at all.\n",
    "md/data.md": FRONT
    + "# Data\n\n"
    + cell("print(open('numbers.csv').read())")
    + cell("import local\nlocal.double('tic')"),
    "md/numbers.csv": "1,2,3",
    "md/local.py": "def double(x):\n    return 2 * x\n",
    "md/glue.md": FRONT
    + "# Glue\n\n"
    + cell("from myst_nb import glue\nglue('answer', 6 * 7, display=False)")
    + "It is {glue}`answer`.\n",
    "nb/bare.ipynb": notebook("print('ran now')", "sum(range(5))"),
    "nb/done.ipynb": notebook(
        "print('never')", outputs=[v4.new_output("stream", name="stdout", text="from long ago\n")]
    ),
    "nb/deep/figure.ipynb": notebook("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"),
    "nb/deep/other.ipynb": notebook("'I SPEAK'", kernel="shouting", language="shouting"),
    "nb/deep/r.ipynb": notebook(
        "cat(1)", kernel="ir", language="R", outputs=[v4.new_output("stream", name="stdout", text="1")]
    ),
}


@pytest.fixture
def shouting(tmp_path, monkeypatch):
    """A kernel that says of itself that it speaks another language than Python."""
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = tmp_path / "jupyter/kernels/shouting/kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": command, "display_name": "Shouting", "language": "shouting"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


@pytest.mark.slow
def test_a_book_of_many_shapes_has_the_pages_of_jupyter_book(tmp_path, shouting):
    folder = write(tmp_path / "book", "execute: {execute_notebooks: auto}\n", SHAPES)
    theirs = stock(folder, tmp_path / "stock")
    told = built(folder)
    assert_same_pages(folder, theirs)
    page = {name: (folder / f"_build/html/{name}.html").read_text() for name in ("md/data", "md/glue", "nb/bare")}
    assert "1,2,3" in page["md/data"]
    assert "tictic" in page["md/data"]
    assert "42" in page["md/glue"]
    assert "ran now" in page["nb/bare"]
    assert "from long ago" in (folder / "_build/html/nb/done.html").read_text()
    assert "nb/deep/other: left to MyST-NB (its kernel speaks shouting)" in told
    assert "[4/4]" in told, "data, glue, bare and figure were run here"

    assert "ran in" not in built(folder)
    (folder / "md/numbers.csv").write_text("4,5,6")
    assert "[1/1] md/data" in built(folder)
    assert "4,5,6" in (folder / "_build/html/md/data.html").read_text()


@pytest.mark.slow
def test_the_settings_are_honoured(tmp_path):
    config = """
        execute:
          execute_notebooks: force
          exclude_patterns: ["*never.md"]
          stderr_output: remove
          timeout: 20
    """
    files = {
        "a/never.md": FRONT + "# Never\n\n" + cell("print('not run')\n" + COUNT),
        "a/always.md": FRONT
        + "# Always\n\n"
        + cell(COUNT)
        + cell("import sys\nprint('hidden', file=sys.stderr)\n'shown'"),
        "b/off.md": FRONT.replace("file_format", "mystnb: {execution_mode: 'off'}\nfile_format")
        + "# Off\n\n"
        + cell(COUNT),
        "c/errors.md": FRONT.replace("file_format", "mystnb: {execution_allow_errors: true}\nfile_format")
        + "# Errors\n\n"
        + cell("1 / 0")
        + cell("'and on'"),
        "d/fails.md": FRONT + "# Fails\n\n" + cell("'before'") + cell("raise ValueError('here')") + cell("'after'"),
        "e/temp.md": FRONT.replace("file_format", "mystnb: {execution_in_temp: true}\nfile_format")
        + "# Temp\n\n"
        + cell("import os\nlen(os.listdir())"),
    }
    folder = write(tmp_path / "book", config, files)
    theirs = stock(folder, tmp_path / "stock")
    for runs in folder.rglob("runs"):
        runs.unlink()
    told = built(folder)
    assert_same_pages(folder, theirs)
    built(folder)
    assert (folder / "a/runs").read_text() == "xx", "'force' means at every build"
    assert not (folder / "b/runs").exists()
    assert "left to MyST-NB" not in told
    assert "[4/4]" in told, "always, errors, fails and temp"


def test_what_cannot_be_done_is_said_at_once(tmp_path):
    folder = write(
        tmp_path / "book",
        "execute: {execute_notebooks: inline}\n",
        {"a/eval.md": FRONT + "# Eval\n\n" + cell("x = 6 * 7") + "It is {eval}`x`.\n"},
    )
    assert "mode 'inline'" in built(folder).splitlines()[0]
    assert "42" in (folder / "_build/html/a/eval.html").read_text()
    for arguments, told in (
        (["build", "a"], "as a whole"),
        (["check"], "no records"),
    ):
        done = exegesis(*arguments, folder=folder)
        assert done.returncode == USAGE
        assert told in done.stderr


@pytest.mark.slow
def test_a_book_that_cannot_be_built_leaves_the_last_site(tmp_path):
    folder = write(tmp_path / "book", "", {"a/one.md": "# One\n"})
    built(folder)
    (folder / "_config.yml").write_text("title: Foreign\nsphinx: {extra_extensions: [no_such_extension]}\n")
    done = exegesis("build", folder)
    assert done.returncode == USAGE
    assert "no_such_extension" in done.stderr
    (folder / "_config.yml").write_text("title: Foreign\n")
    (folder / "a/one.md").write_text("# One\n\n```{nothing}\n```\n")
    told = exegesis("build", folder).stderr
    assert "Unknown directive type" in told
    assert "\x1b" not in told, "colours are for terminals"
    assert "One" in (folder / "_build/html/a/one.html").read_text()


@pytest.mark.parametrize("name", ["_toc.yml", "_config.yml"])
def test_a_folder_that_is_no_book_is_told(tmp_path, name):
    folder = write(tmp_path / "book", "", {"a/one.md": "# One\n"})
    (folder / name).unlink()
    done = exegesis("--book", folder, "build")
    assert done.returncode == USAGE
    assert f"there is no {name}" in done.stderr
