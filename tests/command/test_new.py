"""'exegesis new' begins a chapter that is right before a word is changed, and never writes over anything."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.init import init
from exegesis.command.new import Source, begin
from exegesis.command.project import Project
from exegesis.contents import read_contents

ROOT = Path(__file__).parents[2]
ADAM = """\
@misc{kingma2017adammethodstochasticoptimization,
      title={Adam: A Method for Stochastic Optimization},
      author={Diederik P. Kingma and Jimmy Ba},
      year={2017},
      eprint={1412.6980},
      archivePrefix={arXiv},
      primaryClass={cs.LG},
      url={https://arxiv.org/abs/1412.6980},
}
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    init(tmp_path, "A book", "Ada Example")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(book):
    return {path: path.read_bytes() for path in sorted(book.rglob("*")) if path.is_file()}


def give(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.slow
def test_it_builds_and_passes_its_test_before_a_word_is_changed(book, capsys, monkeypatch):
    give(monkeypatch, ADAM)
    assert main(["new", "--bibtex", "-", "--author", "Ada [Example]"]) == OK
    assert "tests/test_adam.py" in capsys.readouterr().out
    assert main(["check", "--fix"]) == OK
    assert capsys.readouterr().out.startswith("0 changes\n"), "it is in its canonical form"
    assert main(["build", "adam"]) == OK
    assert "faults in other files" not in capsys.readouterr().out
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # as a stranger has it
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_adam.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    path = book / "book/papers/adam.md"
    path.write_text(path.read_text("utf-8").replace("(value - mean) / n", "(value - mean) / 2"), encoding="utf-8")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "3 failed" in done.stdout, "its test can fail"


def test_the_record_is_written_clean_under_a_key_of_the_books_form(book, monkeypatch):
    before = (book / "references.bib").read_text("utf-8")
    give(monkeypatch, ADAM)
    assert main(["new", "--bibtex", "-"]) == OK
    after = (book / "references.bib").read_text("utf-8")
    assert after.startswith(before)
    assert after[len(before) :].startswith("\n@misc{kingma2017adam,\n")
    assert "url=" not in after[len(before) :], "it says no more than the eprint"
    text = (book / "book/papers/adam.md").read_text("utf-8")
    assert "paper: kingma2017adam\n" in text
    assert "\n# Adam: A Method for Stochastic Optimization\n" in text


def test_what_is_in_the_comments_that_let_a_beginning_pass_is_told_once_it_is_no_longer_so(book, monkeypatch, capsys):
    give(monkeypatch, ADAM)
    assert main(["new", "--bibtex", "-"]) == OK
    path = book / "book/papers/adam.md"
    text = path.read_text("utf-8")
    figure = text[text.index("```{code-cell} python\n---") : text.index("## What the paper claims")]
    path.write_text(text.replace("## What the", figure.replace("-means", "-more") + "## What the"), encoding="utf-8")
    assert main(["check"]) == FAULTS
    assert "ignore nothing is ignored here: the rule 'figure-count' is kept; take the comment out" in (
        capsys.readouterr().err
    )


def test_a_record_that_the_book_has_needs_nothing_more(book):
    main(["new", "welford1962note", "--slug", "variance-again"])
    assert (book / "book/papers/variance-again.md").is_file()
    assert (book / "references.bib").read_text("utf-8").count("@") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["welford1962not"], "there is no record 'welford1962not' in references.bib; did you mean 'welford1962note'?"),
        ([], "name a paper's record, or give one with --bibtex, --doi or --arxiv"),
        (
            ["welford1962note", "--slug", "Über uns"],
            "'Über uns' is no name of a chapter; use a-z, 0-9 and -, such as uber-uns",
        ),
        (["welford1962note", "--slug", "updating-variance"], "book/papers/updating-variance.md is there already; "),
        (["welford1962note", "--slug", "taken"], "tests/test_taken.py is in the way; nothing was written"),
        (["--bibtex", "nowhere.bib"], "there is no file 'nowhere.bib'; '-' reads what is pasted"),
        (["--bibtex", "references.bib"], "the book has a record 'welford1962note'; leave the new one out"),
        (["--bibtex", "empty.bib"], "there are 0 records in what was given"),
        (["Welford", "--bibtex", "adam.bib"], "'Welford' is no key; name the record, such as he2016deep"),
        (["--doi", "adam"], "'adam' is no DOI; give one such as 10.1109/5.771073"),
        (["--arxiv", "adam"], "'adam' is no identifier of arXiv; give one such as 1412.6980"),
    ],
)
def test_what_cannot_be_begun_is_told_and_nothing_is_written(book, capsys, arguments, told):
    (book / "tests/test_taken.py").write_text("", encoding="utf-8")
    (book / "empty.bib").write_text("% nothing\n", encoding="utf-8")
    (book / "adam.bib").write_text(ADAM, encoding="utf-8")
    before = files(book)
    assert main(["new", *arguments]) == USAGE
    assert told in capsys.readouterr().err
    assert files(book) == before


def test_a_record_with_faults_is_told_and_nothing_is_written(book, capsys, monkeypatch):
    before = files(book)
    give(monkeypatch, ADAM.replace("year={2017}", "year={2017a}").replace("title={Adam", "titel={Adam"))
    assert main(["new", "kingma2017adam", "--bibtex", "-"]) == FAULTS
    error = capsys.readouterr().err
    assert "record 'kingma2017adam' has the year '2017a'; write four digits" in error
    assert "there is" not in error
    assert "did you mean 'title'?" in error
    assert files(book) == before


def test_a_table_of_contents_that_cannot_be_added_to_is_left(book, capsys):
    pages = "[{file: book/papers/updating-variance}, {file: book/bibliography}]"
    toc = f"format: jb-book\nroot: book/index\nchapters: {pages}\n"
    (book / "_toc.yml").write_text(toc, encoding="utf-8")
    assert main(["new", "welford1962note", "--slug", "again"]) == OK
    assert "It has no place yet: add the line '- file: book/papers/again' there." in capsys.readouterr().out
    assert (book / "_toc.yml").read_text("utf-8") == toc


def test_a_pattern_of_the_table_of_contents_finds_it(book):
    (book / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n- glob: book/papers/*\n", encoding="utf-8"
    )
    begun = begin(Project.open(book), Source("welford1962note"), "again")
    assert [place for place, _ in begun.written] == ["book/papers/again.md", "tests/test_again.py"]
    assert "no place" not in begun.advice
    assert "book/papers/again" in read_contents(book).pages
