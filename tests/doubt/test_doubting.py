import os

import psutil
import pytest

from exegesis.doubt.book import DoubtError
from exegesis.doubt.doubting import Trial, doubt, needed_of
from tests.doubt.tiny import book, cell, claim, read, silent


def outcomes(found, name):
    return {(t.change.kind, t.change.old, t.change.new): t.outcome(name) for t in found.trials if name in t.claims}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doubted")
    chapter = read(
        folder,
        cell("import math\n\n\ndef half(x):\n    return x / 2\n\n\ndef never_tested(x):\n    return x + 7"),
        cell("size = 8\nbound = 3\ntrain = [2.0, 4.0]\ntest = [2.0, 5.0]"),
        cell('{"half": half(size), "seen": bound + 1}', "exact"),
        claim("exact", "half = 4.0"),
        cell("len(train) * half(bound)", "loose"),
        claim("loose", "> 0", ":accepts: |\n  `bound = 3`: any bound will do\n"),
        cell("math.sqrt(never_tested(len(train)))", "crashing"),
        claim("crashing", "= 3"),
        cell("len(test)", "tested"),
        claim("tested", "= 2"),
        cell("print('nothing of this is in a claim', 5)"),
    )
    tests = folder / "tests" / "papers"
    tests.mkdir(parents=True)
    (tests / "test_tiny.py").write_text(
        "from pathlib import Path\n"
        "from exegesis.testing import definitions\n"
        "chapter = definitions(Path(__file__).parents[2] / 'book/papers/tiny.md')\n"
        "def test_half(): assert chapter.half(1) == 0.5\n"
    )
    return doubt(book(folder), chapter, silent)


def test_a_check_notices_what_it_depends_on(found):
    exact = outcomes(found, "exact")
    assert exact["constant", "8", "9"] == exact["operator", "x / 2", "x * 2"] == "checks"
    assert ("name", "size", "bound") in exact, "a name of its kind"
    assert exact["name", "size", "bound"] == "checks"


def test_what_a_claim_does_not_depend_on_is_not_tried_for_it(found):
    assert not [change for change in outcomes(found, "exact") if change[1] in ("3", "bound + 1", "5")]


def test_what_another_claim_notices_is_counted_apart(found):
    assert outcomes(found, "loose")["operator", "x / 2", "x * 2"] == "elsewhere"


def test_a_crash_is_no_check(found):
    assert outcomes(found, "crashing")["operator", "x + 7", "x - 7"] == "exceptions"


def test_what_nobody_notices_survives_and_may_be_accepted(found):
    survivors = {(t.change.old, t.change.new): found.accepted(t) for t in found.survivors}
    assert survivors["3", "4"] == "any bound will do"
    assert survivors["train", "test"] is None
    evidence = found.evidence()
    loose = evidence["claims"]["loose"]["changes"]
    assert loose["unnoticed"] == sum("loose" in s["claims"] for s in evidence["survivors"]) > 1
    assert loose["tried"] == sum(loose[k] for k in ("checks", "elsewhere", "oracle", "exceptions", "unnoticed"))
    (survivor,) = (s for s in evidence["survivors"] if s["change"] == "3 -> 4")
    assert survivor == {
        "claims": ["loose"],
        "wiring": False,
        "kind": "constant",
        "statement": "bound = 3",
        "change": "3 -> 4",
    }


def test_oracle_tests_notice_changes_to_the_function_that_they_reach(found):
    functions = found.evidence()["functions"]
    assert functions["half"]["noticed"] == functions["half"]["tried"] > 0
    assert functions["never_tested"]["tried"] > functions["never_tested"]["noticed"] == 0


def test_wiring_is_counted_by_itself(found):
    wiring = found.evidence()["doubt"]["wiring"]
    own = [t for t in found.trials if t.change.wiring]
    assert wiring["tried"] == len(own) > 0
    assert all(t.change.kind in ("name", "arguments", "statement") for t in own)


def test_no_process_is_left(found):
    known = [each.info for each in psutil.process_iter(["ppid", "cmdline"])]  # of one that ends meanwhile it is None
    mine = [each["cmdline"] or [] for each in known if each["ppid"] == os.getpid()]
    assert [command for command in mine if "exegesis.kernel.guarded" in command] == []


def test_a_chapter_that_does_not_hold_is_told(tmp_path):
    chapter = read(tmp_path, cell("1 + 1", "two"), claim("two", "= 3"))
    with pytest.raises(DoubtError, match="claim 'two' does not hold before anything is changed"):
        doubt(book(tmp_path), chapter, silent)


def test_a_chapter_that_does_not_run_is_told(tmp_path):
    chapter = read(tmp_path, cell("1 / 0", "two"), claim("two", "= 3"))
    with pytest.raises(DoubtError, match="does not run to its end: cell 1: ZeroDivisionError"):
        doubt(book(tmp_path), chapter, silent)


def test_tests_that_fail_unchanged_are_told(tmp_path):
    chapter = read(tmp_path, cell("def f(x):\n    return x + 1"), cell("f(1)", "two"), claim("two", "= 2"))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("def test_f():\n    assert not 'tiny.md of f'\n    f\n")
    with pytest.raises(DoubtError, match="its tests fail before anything is changed"):
        doubt(book(tmp_path), chapter, silent)


def test_all_changes_are_tried_where_it_is_asked(tmp_path):
    code = "\n".join(f"a{i} = {i}.5" for i in range(30)) + "\nb = " + " + ".join(f"a{i}" for i in range(30))
    chapter = read(tmp_path, cell(code + "\nunused = 7"), cell("b * 1.0", "sum"), claim("sum", "= 450.0"))
    some, every = (doubt(book(tmp_path), chapter, silent, everything) for everything in (False, True))
    assert len(some.trials) == 20 < len(every.trials) == every.possible
    assert not [trial for trial in every.trials if trial.change.old == "7"], "nothing needs it"


def test_changes_in_what_follows_a_claim_are_none_of_it(tmp_path):
    chapter = read(tmp_path, cell("a = 1"), cell("a + 1", "two"), claim("two", "= 2"), cell("a = 5"))
    assert needed_of(chapter).slices == {"two": {0, 1}}


def test_the_first_that_fits_is_the_outcome(found):
    trial = Trial(found.trials[0].change, ["a", "b"])
    assert trial.outcome("a") == trial.outcome() == "unnoticed"
    trial.failed = {"b"}
    assert (trial.outcome("a"), trial.outcome("b"), trial.outcome()) == ("unnoticed", "exceptions", "unnoticed")
    trial.failed = {"a", "b"}
    assert trial.outcome() == "exceptions"
    trial.failed = {"b"}
    trial.oracle = "noticed"
    assert trial.outcome("b") == "oracle"
    trial.noticed = {"a"}
    assert (trial.outcome("a"), trial.outcome("b"), trial.outcome()) == ("checks", "elsewhere", "checks")
