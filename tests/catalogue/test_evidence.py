import json

from exegesis.catalogue.evidence import evidence_path, extract, merged, read_evidence, written

DOUBT = {
    "chapter": "a",
    "code": "1",
    "doubt": {"sampled": True},
    "claims": {"c": {"changes": {"tried": 3}}},
    "functions": {},
    "survivors": [],
}
SEEDS = {
    "chapter": "a",
    "code": "1",
    "seeds": {"tried": 20, "baselines": []},
    "claims": {"c": {"seeds": {"tried": 20, "held": 19, "baselines": {}}, "numbers": {}}},
}


def test_each_command_keeps_the_others_part():
    whole = merged(DOUBT, "seeds", SEEDS)
    assert whole == merged(SEEDS, "doubt", DOUBT)
    assert extract(whole, "doubt") == DOUBT
    assert extract(whole, "seeds") == SEEDS


def test_of_other_code_nothing_is_kept():
    assert merged(DOUBT, "seeds", SEEDS | {"code": "2"}) == SEEDS | {"code": "2"}
    assert extract(DOUBT, "seeds") == {}


def test_a_claim_that_is_gone_is_not_kept():
    new = DOUBT | {"claims": {"d": {"changes": {"tried": 1}}}}
    assert merged(SEEDS, "doubt", new)["claims"] == new["claims"]


def test_a_file_that_says_nothing(tmp_path):
    path = evidence_path(tmp_path, "book/papers", "a")
    assert path == tmp_path / "book/evidence/a.json"
    assert read_evidence(path) == {}
    path.parent.mkdir(parents=True)
    for text in ("", "[]", "{"):
        path.write_text(text)
        assert read_evidence(path) == {}
    path.write_text(written(DOUBT))
    assert read_evidence(path) == json.loads(written(DOUBT)) == DOUBT
