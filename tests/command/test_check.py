"""'exegesis check' tells what is wrong as linters do, in the whole book or in some files, and mends what is safe."""

import shlex

import pytest

from exegesis.command import arguments
from exegesis.command.check import annotation
from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.init import init
from exegesis.fault import Fault

PAPER = "book/papers/updating-variance.md"


@pytest.fixture
def book(tmp_path, monkeypatch):
    init(tmp_path, "A book")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(book, old, new, name=PAPER):
    text = (book / name).read_text("utf-8")
    assert old in text
    (book / name).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_new_book_has_no_fault_and_nothing_to_fix(book, capsys):
    assert main(["check", "--fix"]) == OK
    assert capsys.readouterr().out == "0 changes\n\n1 papers and 1 summaries, no faults\n"


def test_faults_are_told_with_line_column_and_code(book, capsys):
    line = change(book, "Two pages, one idea", "Two pages, one ideea")
    assert main(["check"]) == FAULTS
    assert capsys.readouterr().err.splitlines() == [
        f"{PAPER}:{line}:16: spelling 'ideea' is no word that is known; did you mean 'idea'?; "
        "correct it, or add it to book/words.txt",
        "",
        "1 fault",
    ]


def test_only_some_files_are_asked_for(book, capsys, monkeypatch):
    change(book, "one idea", "one ideea")
    change(book, "year = {1962}", "year = {62}", "references.bib")
    assert main(["check", "references.bib"]) == FAULTS
    error = capsys.readouterr().err
    assert "references.bib:8: record 'welford1962note' has the year '62'" in error
    assert "1 fault\n" in error
    monkeypatch.chdir(book / "book")
    for name in ("papers/updating-variance.md", PAPER, str(book / PAPER)):
        assert main(["--book", "..", "check", name]) == FAULTS
        assert "spelling" in capsys.readouterr().err
    assert main(["--book", "..", "check", "../_toc.yml"]) == OK
    assert capsys.readouterr().out == "1 file, no faults\n"


@pytest.mark.parametrize("name", ["book/papers/updating-varience.md", "/etc/hostname"])
def test_a_file_that_is_none_of_the_books_is_told(book, capsys, name):
    assert main(["check", name]) == USAGE
    assert f"there is no file '{name}' in this book; " in capsys.readouterr().err


def test_what_is_safe_is_mended(book, capsys):
    before = (book / PAPER).read_text("utf-8")
    change(book, "used everywhere.", "used everywhere.  ")
    change(book, "date: '", "date:   '")
    assert main(["check"]) == FAULTS
    assert main(["check", "--fix", PAPER]) == OK
    assert f"{PAPER}: written in its canonical form" in capsys.readouterr().out
    assert (book / PAPER).read_text("utf-8") == before.replace("used everywhere.", "used everywhere.\\")


def test_a_rule_that_the_book_does_without(book, capsys):
    change(book, "one idea", "one ideea")
    change(
        book,
        "exegesis_contract: true",
        "exegesis_contract: true\n    suppress_warnings: [exegesis.spelling]",
        "_config.yml",
    )
    assert main(["check"]) == OK


def test_a_book_without_the_contract(book, capsys):
    change(book, "one idea", "one ideea")
    change(book, "exegesis_contract: true", "exegesis_contract: false", "_config.yml")
    assert main(["check"]) == OK


def test_annotations_of_a_pull_request(book, capsys):
    line = change(book, "Two pages, one idea", "Two pages, one ideea")
    assert main(["check", "--format", "github"]) == FAULTS
    out = capsys.readouterr().out
    assert out.startswith(f"::error file={PAPER},title=spelling,line={line},col=16::'ideea' is no word")


def test_what_a_workflow_would_misread_is_escaped():
    fault = Fault("a,b:c.md", 3, "50%\nof it", "", "exegesis.record")
    assert annotation(fault) == "::error file=a%2Cb%3Ac.md,title=record,line=3::50%25%0Aof it"
    assert annotation(Fault("a.ipynb", 2, "x", "", "exegesis.alt")) == "::error file=a.ipynb,title=alt::x"
    assert annotation(Fault("", 1, "x", "", "exegesis.build")) == "::error title=build,line=1::x"


def test_each_command_has_examples_that_can_be_typed(capsys):
    parser = arguments.parser()
    commands = next(action.choices for action in parser._actions if action.choices)
    for name, command in commands.items():
        lines = command.epilog.splitlines()
        assert lines[0] == "examples:"
        for line in lines[1:]:
            program, *words = shlex.split(line, comments=True)
            assert program == "exegesis"
            assert name in words
            parser.parse_args(words)
