"""Which builds of a book are made, where, and what is told of them."""

from pathlib import Path

import pytest

from bench import other_books
from bench.measure import Measured
from bench.other_books import HEAD, main

PAGE = '<div class="cell"><div class="cell_output"><div class="output stream">{}</div></div></div>'


@pytest.fixture
def shows(monkeypatch):
    """Replace builds by pages that show what the list says, one after the other."""
    texts = []

    def fake(command, folder, *, timeout):
        fake.ran.append((Path(command[0]).name, folder))
        assert (folder / "_config.yml").is_file() and not (folder / "_build").exists()
        site = folder / "_build" / "html"
        (site / "reports").mkdir(parents=True)
        (site / "reports" / "a.err.log").touch()
        (site / "a.html").write_text(PAGE.format(texts.pop(0)), "utf-8")
        return Measured(40.0 if "jupyter-book" in command[0] else 10.0, 20.0, 1)

    fake.ran = []
    monkeypatch.setattr(other_books, "measure", fake)
    texts_and_runs = texts, fake.ran
    return texts_and_runs


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book" / "_build").mkdir(parents=True)
    (tmp_path / "book" / "_config.yml").touch()
    return tmp_path / "book"


def run(book, *more):
    return main([str(book), "--work", str(book.parent / "work"), *more])


def test_both_commands_build_from_nothing_at_one_place(book, shows, capsys):
    shows[0].extend(["1", "1"])
    assert run(book) == 0
    (first, one), (second, other) = shows[1]
    assert (first, second) == ("jupyter-book", "exegesis")
    assert one == other
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "| book | 1 | 1 | 1 | 1 | 40 s (20 s) | 10 s (20 s) | 4.0 (1.0) | 0 | unknown |"
    assert last.count("|") == len(HEAD) + 1


def test_a_difference_is_told_and_is_no_success(book, shows, capsys):
    shows[0].extend(["1", "2"])
    assert run(book) == 1
    assert "a.html, cell 1" in capsys.readouterr().out


def test_what_stock_does_not_show_twice_is_chance(book, shows, capsys):
    shows[0].extend(["1", "2", "3"])
    assert run(book, "--twice") == 0
    assert capsys.readouterr().out.endswith("| 0 | 1 |\n")


def test_sites_are_kept_for_a_closer_look(book, shows):
    shows[0].extend(["1", "1", "1"])
    run(book, "--twice")
    assert sorted(path.name for path in (book.parent / "work" / "book").iterdir()) == [
        "book",
        "ours",
        "stock",
        "stock-again",
    ]
