"""A book of Sphinx's own kind, with `conf.py`: built like one of Jupyter Book's, and its faults are told."""

import pytest

from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.project import Project
from tests.tiny import CONF, chapter, write_book

CODE = "# First\n\n```{code-cell} python\nprint(6 * 7)\n```\n"


@pytest.fixture
def book(tmp_path, monkeypatch):
    write_book(tmp_path, {"first": chapter(CODE)})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(book, more):
    (book / "conf.py").write_text(CONF + more, "utf-8")


def test_it_is_built_and_found_unchanged(book, capsys):
    assert main(["build"]) == OK
    assert "1 run now" in capsys.readouterr().out
    assert ">42\n" in (book / "_build/html/book/papers/first.html").read_text("utf-8")
    assert main(["build"]) == OK
    assert "0 run now" in capsys.readouterr().out


def test_a_fault_of_a_page_is_told(book, capsys):
    (book / "index.md").write_text("# Tiny\n\nSee {ref}`nowhere`.\n", "utf-8")
    assert main(["build"]) == FAULTS
    assert "index.md:3: ref.ref undefined label: 'nowhere'" in capsys.readouterr().err


def test_pages_are_those_that_sphinx_finds(book):
    configure(book, "exclude_patterns = ['drafts']\n")
    for name in ("drafts/x.md", "_build/html/_sources/first.md"):
        (book / name).parent.mkdir(parents=True)
        (book / name).write_text("# X\n", "utf-8")
    pages = [path.relative_to(book).as_posix() for path in Project.open(book).pages()]
    assert pages == ["bibliography.md", "book/papers/first.md", "index.md"]


def test_a_toc_is_followed_where_there_is_one(book):
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: book/papers/first\n", "utf-8")
    pages = [path.relative_to(book).as_posix() for path in Project.open(book).pages()]
    assert pages == ["index.md", "book/papers/first.md"]


def test_limits_and_folders_come_from_it(book):
    configure(book, "nb_execution_timeout = 7\nexegesis_limits = {'memory': 3}\nexegesis_papers = 'texts'\n")
    project = Project.open(book)
    assert (project.limits().cell, project.limits().memory, project.layout.papers) == (7, 3, "texts")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("x = 1 / 0\n", "conf.py can't be run: ZeroDivisionError: division by zero; correct it there"),
        ("def f():\n    pass\nx = f(\n", "conf.py can't be run: SyntaxError: '(' was never closed"),
        ("import nothing_there\n", "conf.py can't be run: ModuleNotFoundError: No module named 'nothing_there'"),
        ("raise SystemExit\n", "conf.py can't be run"),
    ],
)
def test_a_conf_that_cannot_be_run_is_told_with_its_line(book, capsys, more, told):
    configure(book, more)
    assert main(["build"]) == USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"exegesis: conf.py:{(CONF + more).count(chr(10))}: ")
    assert told in line


def test_a_book_without_the_extension_is_told_what_to_add(book, capsys):
    (book / "conf.py").write_text("extensions = ['myst_nb']\n", "utf-8")
    assert main(["build"]) == USAGE
    assert "conf.py:1: 'extensions' has no 'exegesis.sphinxext'; add it there" in capsys.readouterr().err
