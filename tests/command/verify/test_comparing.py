import copy
import dataclasses
import json

import pytest

from exegesis.command.verify.comparing import (
    REST,
    ClaimsError,
    Part,
    compare,
    compare_claims,
    other_environment,
)
from exegesis.manifest import Chapter
from tests.test_manifest import MANIFEST

CLAIM = {
    "id": "two",
    "summary": "first",
    "paper": "first2001paper",
    "text": "There are two.",
    "source": "p. 1",
    "evidence": "recomputed",
    "said": None,
    "why": None,
    "url": "book/papers/first.html#claim-two",
    "checks": [{"name": None, "relation": "=", "expected": 2.0, "tolerance": 0.5, "computed": 2.0, "holds": True}],
    "verdict": "holds",
    "limits": None,
}


def claims(*changes):
    found = []
    for number, change in enumerate(changes):
        claim = copy.deepcopy(CLAIM) | {"id": f"c{number}"}
        check = {name: change[name] for name in change.keys() & claim["checks"][0].keys()}
        claim["checks"][0] |= check
        found.append(claim | {name: value for name, value in change.items() if name not in check})
    return json.dumps({"claims": found}).encode()


def test_files_are_told_by_the_chapter_that_they_are_of():
    chapters = {
        "book/papers/b": Chapter("b.html", ["b.html", "both.png", "gone.png"], {}, {}),
        "book/papers/a": Chapter("a.html", ["a.html", "both.png"], {}, {}),
    }
    expected = {"a.html": "1", "both.png": "1", "b.html": "1", "gone.png": "1", "index.html": "1"}
    published = {"a.html": "1", "both.png": "1", "b.html": "2", "index.html": "1", "more.js": "1"}
    assert compare(published, expected, chapters) == [
        Part("a", 2, []),
        Part("b", 0, ["changed: b.html", "missing: gone.png"]),
        Part(REST, 1, ["added: more.js"]),
    ]


def test_what_is_another_is_told_with_both():
    here = dataclasses.replace(
        MANIFEST, baseline="aarch64", versions={"python": "3.12.1", "exegesis": "0.1.0", "n": "1"}
    )
    assert other_environment(MANIFEST, MANIFEST) == []
    assert other_environment(MANIFEST, here) == [
        "baseline x86-64-v3 there, aarch64 here",
        "n none there, 1 here",
        "python 3.11.7 there, 3.12.1 here",
    ]


def test_numbers_may_differ_and_verdicts_may_not():
    here = claims({}, {}, {})
    assert compare_claims(here, here).compared == 3
    there = claims({}, {"computed": 2.25}, {"verdict": "in part"})
    found = compare_claims(there, here)
    assert found.numbers == ["first#c1: its number is 2.25 there, 2.0 here"]
    assert found.wrong == ["first#c2: in part there, holds here"]


@pytest.mark.parametrize(
    "change", [{"text": "There are three."}, {"tolerance": 9.0}, {"expected": 3.0}, {"holds": None}]
)
def test_what_is_written_may_not_differ(change):
    assert compare_claims(claims(change), claims({})).wrong == ["first#c0: another text or check"]


def test_claims_of_one_side_alone_are_told():
    assert compare_claims(claims({}), claims({}, {})).wrong == ["first#c1: missing"]
    assert compare_claims(claims({}, {}), claims({})).wrong == ["first#c1: added"]


def test_what_it_is_called_cannot_act_on_a_terminal():
    (told,) = compare_claims(claims({"id": "\x1b[2J"}), claims()).wrong
    assert told == r"first#\x1b[2J: added"


@pytest.mark.parametrize("data", [None, b"", b"[]", b"{}", b'{"claims": [1]}', b'{"claims": [{"id": "a"}]}', b"\xff"])
def test_what_are_no_claims_is_told(data):
    with pytest.raises(ClaimsError, match=r"claims\.json is missing, or not as a build writes it"):
        compare_claims(data, claims({}))
