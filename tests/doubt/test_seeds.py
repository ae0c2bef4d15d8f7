import pytest

from exegesis.doubt.seeds import TRIED, seeds, shifts
from tests.doubt.tiny import book, cell, claim, read, silent


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    chapter = read(
        folder,
        cell("import numpy as np\nx = np.random.default_rng(0).normal(size=50)\nsame = np.random.default_rng(0)"),
        cell('{"mean": float(x.mean() + 0)}', "fragile"),
        claim("fragile", "mean > 0"),
        cell('{"wide": float(x.std())}', "firm"),
        claim("firm", "0.5 < wide < 1.5"),
        cell("float(x[0] - same.normal())", "paired"),
        claim("paired", "= 0.0000"),
    )
    return seeds(book(folder), chapter, silent)


def test_a_fragile_claim_holds_on_about_half(found):
    claims = found.evidence()["claims"]
    assert 4 <= claims["fragile"]["seeds"]["held"] <= 16
    assert claims["fragile"]["seeds"]["tried"] == TRIED
    spread = claims["fragile"]["numbers"]["mean"]
    assert spread["lowest"] < 0 < spread["highest"]
    assert spread["lowest"] < spread["median"] < spread["highest"]


def test_what_does_not_hang_on_the_seed_holds_on_all(found):
    claims = found.evidence()["claims"]
    assert claims["firm"]["seeds"]["held"] == claims["paired"]["seeds"]["held"] == TRIED
    assert claims["paired"]["numbers"] == {"": {"lowest": 0.0, "median": 0.0, "highest": 0.0}}


def test_other_baselines_are_tried(found):
    for name in found.evidence()["seeds"]["baselines"]:
        assert found.evidence()["claims"]["firm"]["seeds"]["baselines"][name] is True


def test_which_seeds_follows_from_the_code(tmp_path):
    parts = cell("1 + 1", "two"), claim("two", "= 2")
    one = read(tmp_path / "a", *parts)
    text = read(tmp_path / "b", "Some words.\n", *parts, "And more.\n")
    other = read(tmp_path / "c", cell("1 + 1 + 0", "two"), claim("two", "= 2"))
    check = read(tmp_path / "d", cell("1 + 1", "two"), claim("two", "= 2.0"))
    assert one.digest == text.digest
    assert shifts(one) == shifts(text)
    assert len({one.digest, other.digest, check.digest}) == 3
    assert len(set(shifts(one)) | set(shifts(other))) == 2 * TRIED


def test_a_chapter_without_seeds_says_so(tmp_path):
    chapter = read(tmp_path, cell("1 + 1", "two"), claim("two", "= 2"))
    evidence = seeds(book(tmp_path), chapter, silent).evidence()
    assert evidence["seeds"]["tried"] == 0
    assert evidence["seeds"]["deterministic"] is True
    assert "numbers" not in evidence["claims"]["two"]


def test_a_seed_on_which_the_chapter_ends_in_an_exception_holds_nothing(tmp_path):
    code = "import numpy as np\nx = np.random.default_rng(0).normal()\nassert x > 0"
    chapter = read(tmp_path, cell(code), cell("float(x)", "positive"), claim("positive", "> 0"))
    told = seeds(book(tmp_path), chapter, silent).evidence()["claims"]["positive"]
    assert 0 < told["seeds"]["held"] < TRIED
    assert told["numbers"][""]["lowest"] > 0
