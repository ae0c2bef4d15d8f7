"""The command answers bad input with one clear line and never a traceback."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sphinx.errors import SphinxError

from exegesis.command.arguments import parser
from exegesis.command.cli import FAULTS, OK, USAGE, _given, main
from exegesis.kernel.environment import VARIABLE
from tests.tiny import FRONT, chapter, write_book

CONFIG = """\
title: Tiny
only_build_toc_files: true
exclude_patterns: [.venv]
execute: {execute_notebooks: cache}
latex: {use_jupyterbook_latex: false}
sphinx:
  recursive_update: true
  extra_extensions: [sphinxcontrib.bibtex, exegesis.sphinxext]
  config:
    html_math_renderer: katex
    bibtex_bibfiles: [references.bib]
    bibtex_reference_style: author_year
    bibtex_cite_id: "ref-{key}"
"""
FIGURE = """\
# First

```{code-cell} python
---
mystnb:
  figure: {caption: A line., name: fig-first-line}
  image: {alt: A line that rises.}
---
import matplotlib.pyplot as plt
plt.plot([0, 1])
plt.show()
```

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

See {numref}`fig-first-line`, {ref}`second` and {cite:t}`second2002paper`.
"""
SECOND = "(second)=\n# Second\n\n```{code-cell} python\nprint(1 + 1)\n```\n"


@pytest.fixture
def book(tmp_path, monkeypatch):
    write_book(tmp_path, {"first": chapter(FIGURE), "second": chapter(SECOND)})
    (tmp_path / "conf.py").unlink()
    (tmp_path / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "index.md").write_text("# Tiny\n", encoding="utf-8")
    toc = "format: jb-book\nroot: index\nchapters:\n"
    toc += "".join(f"- file: {name}\n" for name in ("book/papers/first", "book/papers/second", "bibliography"))
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_baseline_is_kept_to_if_the_processor_has_it(book, monkeypatch, capsys):
    monkeypatch.setattr("exegesis.command.cli.baselines", lambda: ("x86-64-v2",))
    assert main(["build", "--baseline", "x86-64-v3"]) == USAGE
    assert "this processor has no x86-64-v3; it has x86-64-v2" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, "")
    asked = []
    monkeypatch.setattr("exegesis.command.cli._begin", lambda *_: asked.append(os.environ[VARIABLE]) or sys.exit(0))
    with pytest.raises(SystemExit):
        main(["build", "--baseline", "x86-64-v2"])
    assert asked == ["x86-64-v2"]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def line_of(path, text):
    return path.read_text(encoding="utf-8").splitlines().index(text) + 1


def test_a_book_is_built_then_left_then_broken_then_mended(book, capsys):
    assert main(["build"]) == OK
    told = capsys.readouterr().out
    assert "[2/2]" in told
    assert "1 recomputed, 0 demonstrated, 0 derived, 0 quoted" in told
    page = book / "_build/html/book/papers/first.html"
    assert str(book / "_build/html/index.html") in told
    assert 'alt="A line that rises."' in page.read_text(encoding="utf-8")

    assert main(["build"]) == OK
    assert "2 (0 run now, 2 from the store)" in capsys.readouterr().out

    good = page.read_bytes()
    edit(book / "book/papers/first.md", "= 2", "= 3")
    edit(book / "book/papers/second.md", "print(1 + 1)", "x = 1\nprint(1 / 0)")
    for _ in range(2):
        assert main(["build"]) == FAULTS
        told = capsys.readouterr().err
        line = line_of(book / "book/papers/first.md", "```{claim} two")
        assert f"book/papers/first.md:{line}: claim claim 'two': '= 3' does not hold: computed 2" in told
        line = line_of(book / "book/papers/second.md", "print(1 / 0)")
        assert f"book/papers/second.md:{line}: run the cell raises ZeroDivisionError: division by zero" in told
        assert "2 faults" in told
        assert "Traceback" not in told
        assert page.read_bytes() == good

    edit(book / "book/papers/first.md", "= 3", "= 2")
    edit(book / "book/papers/second.md", "1 / 0", "7")
    assert main(["build"]) == OK


def test_one_chapter_is_built_with_its_references_and_the_others_are_not_run(book, capsys):
    edit(book / "book/papers/second.md", "print(1 + 1)", "1 / 0")
    assert main(["build", "first"]) == OK
    told = capsys.readouterr().out
    assert "[1/1] book/papers/first" in told
    page = (book / "_build/preview/book/papers/first.html").read_text(encoding="utf-8")
    assert not (book / "_build/preview/manifest.json").exists() and "manifest.json" not in page, "it is no site"
    assert 'href="second.html#second"' in page
    assert 'href="#cite-second2002paper"' in page
    assert 'href="#fig-first-line"' in page
    assert not (book / "_build/html").exists()


def test_one_chapter_with_a_fault_is_told_with_its_traceback(book, capsys):
    edit(book / "book/papers/second.md", "print(1 + 1)", "1 / 0")
    assert main(["build", "second"]) == FAULTS
    told = capsys.readouterr().err
    line = line_of(book / "book/papers/second.md", "1 / 0")
    assert f"book/papers/second.md:{line}: run the cell raises ZeroDivisionError" in told
    assert "Cell In[1], line 1" in told
    assert "1 fault; the last good page is left as it was" in told
    assert not (book / "_build/preview").exists()


@pytest.mark.slow
def test_plain_jupyter_book_builds_the_same_pages(book):
    pytest.importorskip("jupyter_book", reason="it can't be installed beside Sphinx 8")
    assert main(["build"]) == OK
    ours = (book / "_build/html/book/papers/first.html").read_text(encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "jupyter-book"),
        "build",
        ".",
        "--path-output",
        "plain",
        "-n",
        "-W",
        "-q",
    ]
    done = subprocess.run(command, cwd=book, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (book / "plain/_build/html/book/papers/first.html").read_text(encoding="utf-8") == ours


def test_a_cell_with_options_that_are_no_yaml_is_told_and_the_rest_is_built(book, capsys):
    edit(book / "book/papers/second.md", "```{code-cell} python\n", "```{code-cell} python\n:tags: [a\n")
    edit(book / "book/papers/first.md", "= 2", "= 3")
    assert main(["build"]) == FAULTS
    told = capsys.readouterr().err
    line = line_of(book / "book/papers/second.md", "```{code-cell} python")
    assert f"book/papers/second.md:{line}: run the cell's options can't be read" in told
    assert "'= 3' does not hold" in told
    assert "Traceback" not in told


def test_check_tells_all_faults_and_runs_nothing(book, capsys):
    assert main(["check"]) == OK
    edit(book / "book/papers/first.md", "author: Somebody\n", "")
    edit(book / "references.bib", "  venue = {JT},\n", "")
    assert main(["check"]) == FAULTS
    told = capsys.readouterr().err
    assert "book/papers/first.md:1: chapter 'author' is missing" in told
    assert "references.bib:1: record 'first2001paper' has no venue" in told
    assert not (book / "_build").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "frist"], "there is no chapter 'frist' in _toc.yml; did you mean 'first'?"),
        (["--book", "nowhere", "check"], "there is no _config.yml in"),
        (["build", "--jobs", "0"], "'0' is not a whole number above 0"),
        (["serve", "--port", "x"], "'x' is not a whole number above 0"),
        (["publish"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_answered_with_one_line(book, capsys, arguments, told):
    try:
        status = main(arguments)
    except SystemExit as stopped:  # argparse's own
        status = stopped.code
    error = capsys.readouterr().err.strip()
    assert status == USAGE
    assert told in error.splitlines()[-1]
    assert "Traceback" not in error


def test_settings_that_are_wrong_are_told_with_all_other_faults(book, capsys):
    wrong = "    exegesis_serach: false\n    exegesis_limits: {second: 1}\n"
    edit(book / "_config.yml", "  config:\n", f"  config:\n{wrong}")
    edit(book / "book/papers/first.md", "keywords: [testing]", "keywords: [tasting]")
    line = line_of(book / "_config.yml", "    exegesis_serach: false")
    unknown = f"_config.yml:{line}: setting there is no setting 'exegesis_serach'; did you mean 'exegesis_search'?"
    limits = f"_config.yml:{line + 1}: setting exegesis_limits is {{'second': 1}}; give numbers above 0 for 'seconds'"
    for command in ("check", "build", "execute"):
        assert main([command]) == FAULTS
        told = capsys.readouterr().err.splitlines()
        assert told[0].startswith(unknown)
        assert told[1].startswith(limits)
        assert len([line for line in told if "exegesis_" in line]) == 2
        assert any("'tasting' is no keyword" in line for line in told) == (command != "execute")
    assert not (book / "_build/html").exists()


@pytest.mark.parametrize(
    ("name", "text"), [("_config.yml", "a: [b"), ("_toc.yml", "format: nothing"), ("_toc.yml", "x: [")]
)
def test_a_configuration_that_cannot_be_read_is_told(book, capsys, name, text):
    (book / name).write_text(text, encoding="utf-8")
    assert main(["build"]) == USAGE
    error = capsys.readouterr().err
    assert f"{name} can't be read" in error
    assert len(error.strip().splitlines()) == 1


def test_a_chapter_without_a_place_in_the_toc_is_told(book, capsys):
    (book / "book/papers/third.md").write_text(chapter("# Third\n", FRONT), encoding="utf-8")
    told = "the chapter has no place in _toc.yml; add the line '- file: book/papers/third' there"
    for arguments, status in ((["check"], FAULTS), (["build"], FAULTS), (["build", "third"], USAGE)):
        assert main(arguments) == status
        error = capsys.readouterr().err
        assert error.count(told) == 1
        assert "book/papers/third.md:1: " in error


def test_a_chapter_that_is_listed_without_a_file_is_told_so(book, capsys):
    (book / "book/papers/second.md").unlink()
    told = "there is no file for 'book/papers/second'; "
    for arguments, status in ((["check"], FAULTS), (["build"], FAULTS), (["build", "second"], USAGE)):
        assert main(arguments) == status
        error = capsys.readouterr().err
        assert error.count(told) == 1
        assert "_toc.yml:5: " in error
        assert "there is no chapter" not in error


@pytest.mark.parametrize(
    "toc",
    [
        "root: index.md\nchapters:\n- file: book/papers/first.md\n- file: book/papers/second\n- file: bibliography\n",
        pytest.param(
            "root: index\nparts:\n- chapters:\n  - glob: book/papers/*\n  - file: bibliography\n",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_every_command_finds_the_same_pages_in_each_form_of_the_toc(book, capsys, toc):
    (book / "_toc.yml").write_text(f"format: jb-book\n{toc}", encoding="utf-8")
    leave_what_editors_leave(book / "book/papers")
    assert main(["check"]) == OK
    assert main(["build", "first"]) == OK
    assert main(["build"]) == OK
    assert "2 (1 run now, 1 from the store)" in capsys.readouterr().out
    pages = {path.stem for path in (book / "_build/html/book/papers").glob("*.html")}
    assert pages == {"first", "second"}


def leave_what_editors_leave(folder):
    text = (folder / "first.md").read_text(encoding="utf-8")
    for name in (".ipynb_checkpoints/first-checkpoint.md", "first.md~", "#first.md#", "first.md.orig", ".first.md.swp",
                 ".DS_Store", "._first.md", ".~lock.first.md#", "first.md.bak", "first.md.rej"):  # fmt: skip
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / ".#first.md").symlink_to("somebody@host.1234:5678")  # Emacs locks a file so
    (folder / "old.md").mkdir()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Pagefind is a shell script")
@pytest.mark.parametrize(
    ("where", "error", "status"),
    [
        ("exegesis.sphinxext.site.exports._write_all", KeyboardInterrupt(), 130),
        pytest.param(
            "sphinx.builders.html.StandaloneHTMLBuilder.copy_image_files",
            SphinxError("no room"),
            FAULTS,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_build_that_is_stopped_or_fails_leaves_no_pagefind_behind(book, monkeypatch, where, error, status):
    def stop(*args):
        raise error

    slow = book / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(0o755)
    started = []
    monkeypatch.setattr("pagefind_bin.get_executable", lambda: started.append(True) or slow)
    monkeypatch.setattr(where, stop)
    begin = time.perf_counter()
    assert main(["build"]) == status
    assert started
    assert time.perf_counter() - begin < 50
    # One that has ended may be there: a process that adopts orphans, as another test has it do, keeps theirs.
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert [child.name() for child in alive if child.name() == "sleep"] == []


def test_the_environment_may_say_where_the_site_is_and_the_command_line_is_before_it(monkeypatch, capsys):
    monkeypatch.setenv("EXEGESIS_ADDRESS", "https://example.org/book/")
    monkeypatch.setenv("EXEGESIS_REPOSITORY", "")  # as a workflow gives what it does not know
    assert _given(parser().parse_args(["build"])) == {"html_baseurl": "https://example.org/book/"}
    assert _given(parser().parse_args(["build", "--address", "https://e.org"])) == {"html_baseurl": "https://e.org"}
    monkeypatch.setenv("EXEGESIS_ADDRESS", "example.org")
    with pytest.raises(SystemExit):
        parser().parse_args(["build"])
    assert "argument --address: 'example.org' is no address" in capsys.readouterr().err


@pytest.mark.slow
def test_two_clean_builds_in_different_folders_are_the_same_bytes(book, tmp_path_factory):
    """Sphinx's own record of the build and the search index too."""
    other = tmp_path_factory.mktemp("another-folder-with-a-longer-name") / "b"
    shutil.copytree(book, other)
    built = []
    for folder in (book, other):
        command = [sys.executable, "-m", "exegesis.command.cli", "--book", str(folder), "build"]
        subprocess.run(command, check=True, capture_output=True)  # lists that a process shares are told there as well
        site = folder / "_build/html"
        built.append({path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()})
    assert Path(".buildinfo") in built[0]
    assert any("pagefind" in path.parts for path in built[0])
    assert built[0] == built[1]


def subcommands():
    (found,) = [action for action in parser()._actions if action.dest == "command"]
    return found.choices


@pytest.mark.parametrize("name", subcommands())
def test_the_help_of_each_command_has_examples_that_can_be_typed(name):
    examples = [shlex.split(line, comments=True) for line in subcommands()[name].epilog.splitlines()[1:]]
    assert examples and all(first == "exegesis" and name in rest for first, *rest in examples)
    for _, *rest in examples:
        assert parser().parse_args(rest).command == name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["biuld"], "did you mean 'build'?"),
        (["build", "--jbos", "2"], "did you mean '--jobs'?"),
        (["check", "--format", "gihtub"], "did you mean 'github'?"),
    ],
)
def test_a_name_that_there_is_not_is_told_with_the_nearest(typed, meant, capsys):
    with pytest.raises(SystemExit):
        main(typed)
    assert meant in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error(book):
    read, write = os.pipe()
    os.close(read)
    try:
        command = [sys.executable, "-m", "exegesis.command.cli", "check"]
        done = subprocess.run(command, cwd=book, stdout=write, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
