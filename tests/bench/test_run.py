"""Which builds are made, in which order and on what; and the tables of given numbers."""

from pathlib import Path

import pytest

from bench import run
from bench.__main__ import _sizes, main
from bench.measure import Measured
from bench.report import curve_table, pair_table
from bench.run import BUILDS, OURS, RESULTS, STOCK, Bench, Runs


@pytest.fixture
def built(monkeypatch):
    """Replace the builds by a note of what each found."""
    found = []

    def fake(command, folder, *, timeout):
        results = folder / RESULTS
        state = ("results" if results.exists() else "") + (" site" if (folder / "_build/html").exists() else "")
        found.append((Path(command[0]).name, state.strip(), len(list(folder.rglob("paper-*.md")))))
        (folder / "_build/html").mkdir(parents=True, exist_ok=True)
        results.mkdir(exist_ok=True)
        return Measured(float(len(found)), 1.0, 2**20)

    monkeypatch.setattr(run, "measure", fake)
    return found


def test_pairs_take_turns_and_each_build_begins_where_it_should(tmp_path, built):
    runs = Bench(tmp_path, 60, lambda line: None).pair([STOCK, OURS], 3, 2)
    each = ["", "results", "results site", "results site", "results site"]
    turns = ["jupyter-book"] * 5 + ["exegesis"] * 10 + ["jupyter-book"] * 5
    assert [name for name, _, _ in built] == turns
    assert [state for _, state, _ in built] == each * 4
    assert [list(one.builds) for one in runs] == [list(BUILDS)] * 2
    assert [len(one.builds["cold"]) for one in runs] == [2, 2]


def test_the_last_two_builds_find_another_paragraph_and_another_cell(tmp_path, built):
    Bench(tmp_path, 60, lambda line: None).pair([OURS], 3, 1)
    text = (tmp_path / "ours-3/book/papers/paper-00001.md").read_text("utf-8")
    assert "One paragraph more" in text
    assert "default_rng(71)" in text


def test_a_curve_uses_the_results_of_the_large_book(tmp_path, built):
    bench = Bench(tmp_path, 60, lambda line: None)
    bench.pair([OURS], 6, 1)
    del built[:]
    runs = bench.curve(OURS, [2, 6], 6, 1)
    assert built == [("exegesis", "results", 2), ("exegesis", "results", 6)]
    assert [one.chapters for one in runs] == [2, 6]


@pytest.mark.parametrize(("size", "sizes"), [(2, [2]), (18, [2, 6, 18]), (1581, [158, 527, 1581])])
def test_sizes(size, sizes):
    assert _sizes(size) == sizes


def runs(name, chapters, seconds):
    return Runs(name, chapters, {build: [Measured(s, s / 2, s * 2**20) for s in seconds] for build in BUILDS})


def test_ratios_are_medians_over_the_pairs():
    stock, ours = runs("stock", 10, [10, 20, 90]), runs("ours", 10, [5, 4, 6])
    stock.builds["cold"] = [Measured(s, s, s * 2**20) for s in (110, 120, 190)]
    table = pair_table([stock, ours]).splitlines()
    assert table[0] == "|  | stock | ours | stock / ours |"
    assert "| cold | 120.0 s | 5.0 s | 30.0 |" in table  # of 22, 30 and 31.7
    assert "| assembly | 20.0 s | 5.0 s | 5.0 |" in table
    assert "| execution (cold less assembly) | 100.0 s | 0.0 s |  |" in table
    assert "| assembly, peak memory | 20 MB | 5 MB | 5.0 |" in table


def test_one_builder_alone_has_no_ratio():
    assert pair_table([runs("ours", 10, [5])]).splitlines()[0] == "|  | ours |"


def test_the_curve_gives_the_cost_of_a_chapter():
    assert "| ours | 1,000 | 50.0 s | 50 ms | 25 ms | 50 MB |" in curve_table([runs("ours", 1000, [50])])


def test_the_command_prints_all_and_says_what_it_left_out(tmp_path, built, capsys):
    assert main(["--chapters", "6", "--stock-chapters", "3", "--folder", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "`python -m bench --chapters 6 --stock-chapters 3 --repeat 1`, 20" in said
    assert "The stock command was run with 3 chapters, not with 6" in said
    assert "| stock | 3 |" in said
    assert "| ours | 6 |" in said


def test_cold_builds_can_be_had_alone(tmp_path, built, capsys):
    assert main(["--chapters", "3", "--stock-chapters", "3", "--cold", "--folder", str(tmp_path)]) == 0
    assert built == [("jupyter-book", "", 3), ("exegesis", "", 3)]
    said = capsys.readouterr().out
    assert "--repeat 1 --cold`" in said
    assert "| cold, peak memory | 1 MB |" in said
    assert "| assembly" not in said


def test_a_build_that_fails_is_told(tmp_path, capsys):
    assert main(["--chapters", "2", "--stock-chapters", "0", "--timeout", "0.1", "--folder", str(tmp_path)]) == 1
    assert "was stopped after 0.1 s" in capsys.readouterr().err
