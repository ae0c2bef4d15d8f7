"""An evidence file is read as the commands write it; another gives a fault that says what to run."""

import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exegesis.catalogue.claims import Declared
from exegesis.catalogue.doubted import Changes, Doubted, Seeds, read_doubted
from exegesis.catalogue.model import Accepted
from exegesis.text import UnreadableError

TOLD = {
    "chapter": "first",
    "code": "0" * 64,
    "doubt": {"sampled": True, "wiring": {"tried": 4, "checks": 3, "exceptions": 0, "unnoticed": 1}},
    "seeds": {"tried": 20, "baselines": ["x86-64-v2"]},
    "claims": {
        "layers": {
            "changes": {
                "tried": 15,
                "checks": 9,
                "elsewhere": 2,
                "oracle": 1,
                "exceptions": 1,
                "unnoticed": 2,
            },
            "seeds": {"tried": 20, "held": 19, "baselines": {"x86-64-v2": True}},
            "numbers": {"deep": {"lowest": 150, "median": 155, "highest": 160}},
        },
        "wide": {},
    },
    "functions": {"count": {"tried": 5, "noticed": 4}, "widen": {"tried": 1, "noticed": 1}},
    "survivors": [
        {
            "claims": ["layers"],
            "wiring": True,
            "kind": "constant",
            "statement": "return 7 * 22 + 1",
            "change": "7 -> 8",
        },
        {"claims": [], "wiring": False, "kind": "operator", "statement": "a + b", "change": "+ -> -"},
    ],
}


def written(tmp_path, told):
    path = tmp_path / "first.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def test_the_schema_is_one():
    schema = json.loads(files("exegesis").joinpath("schemas/evidence.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_file_is_read_into_records(tmp_path):
    claim = Declared("layers", 1, accepts=(Accepted("7 * 22", "any depth will do"),))
    found = read_doubted(written(tmp_path, TOLD), [claim])
    layers = found.claims["layers"]
    assert layers.changes == Changes(15, 9, 2, 1, 1, 2, 1)
    assert layers.changes.noticed == 12
    assert layers.seeds == Seeds(20, 19, {"x86-64-v2": True})
    assert layers.numbers == {"deep": (150, 155, 160)}
    assert [survivor.accepted for survivor in layers.survivors] == ["any depth will do"]
    assert len(found.survivors) == 2
    assert found.wiring.accepted == 1
    assert found.claims["wide"] == Doubted()
    assert (found.parts, found.functions, found.wiring.checks) == (("doubt", "seeds"), (6, 5), 3)
    assert found.changes == layers.changes


def test_a_claim_says_it_in_a_line(tmp_path):
    layers = read_doubted(written(tmp_path, TOLD)).claims["layers"]
    assert layers.summary == (
        "held on 19 of 20 seeds; 12 of 15 changes to its code were noticed, 1 more ended in an exception"
    )
    assert (layers.held_share, layers.noticed_share) == (0.95, 0.8)
    still = Doubted(seeds=Seeds(0, 0, {"x86-64-v2": False}))
    assert still.summary == "nothing in it is drawn at random; does not hold on x86-64-v2"
    assert (still.held_share, still.noticed_share) == (None, None)
    assert Doubted().summary == ""


def test_where_there_is_no_file_there_is_no_evidence(tmp_path):
    assert read_doubted(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("told", "line", "what"),
    [
        ('{"chapter": "a",\n<<<<<<<', 2, "is no JSON"),
        ("[]", 1, "'$' is not as"),
        (TOLD | {"code": 3}, 1, "'$.code' is not as"),
        (TOLD | {"claims": {"a": {"changes": {"tried": -1}}}}, 1, "is not as"),
        ({key: value for key, value in TOLD.items() if key != "claims"}, 1, "is not as"),
    ],
)
def test_a_file_that_was_edited_is_told_with_the_commands_to_run(tmp_path, told, line, what):
    with pytest.raises(UnreadableError, match="exegesis doubt first") as raised:
        read_doubted(written(tmp_path, told))
    assert raised.value.line == line
    assert what in raised.value.what


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TOLD, "tried", "a"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(TOLD)), JSON))
def test_whatever_is_in_the_file_gives_records_or_a_fault(tmp_path_factory, changed):
    path = written(tmp_path_factory.mktemp("x"), TOLD | changed)
    try:
        assert read_doubted(path).claims is not None
    except UnreadableError as error:
        assert error.mend
