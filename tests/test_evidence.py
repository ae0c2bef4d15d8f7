"""The evidence of every chapter is there, and is of the chapter's code as it is now.

It fails for a chapter whose evidence is missing or out of date, and says which command to run: a change to a
chapter's code comes with what 'exegesis doubt' and 'exegesis seeds' found of it.
"""

import pytest

from exegesis.catalogue import Layout, declared
from exegesis.catalogue.doubted import Changes, read_doubted
from exegesis.catalogue.evidence import evidence_path
from exegesis.doubt.subject import read_chapter
from tests.chapters import PAPERS

ROOT = PAPERS.parent.parent
CHAPTERS = sorted(path.stem for path in PAPERS.glob("*.md"))
SEEDS = 0.9  # of those that are tried, on which a claim holds, or its text says on how many


def _claims(slug):
    return declared((PAPERS / f"{slug}.md").read_text(encoding="utf-8"))


def _found(slug):
    return read_doubted(evidence_path(ROOT, Layout().papers, slug), _claims(slug))


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_evidence_is_of_the_code_as_it_is(slug):
    chapter = read_chapter(PAPERS / f"{slug}.md")
    path = evidence_path(ROOT, Layout().papers, slug)
    run = f"run 'exegesis doubt {slug}' and 'exegesis seeds {slug}', and commit {path.relative_to(ROOT).as_posix()}"
    found = _found(slug)
    assert found is not None, f"the file is missing; {run}"
    assert found.code == chapter.digest, f"it is of other code; {run}"
    assert found.parts == ("doubt", "seeds"), f"it has {' and '.join(found.parts) or 'neither'} alone; {run}"
    assert found.claims.keys() == chapter.claims.keys()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_each_claim_can_fail_and_is_no_luck_of_the_draw(slug):
    claims = {claim.id: claim for claim in _claims(slug)}
    for name, doubted in _found(slug).claims.items():
        assert doubted.changes.checks or not doubted.changes.tried, f"no check of '{name}' notices any change"
        if doubted.held_share is not None and doubted.held_share < SEEDS:
            told = f"{doubted.seeds.held} of {doubted.seeds.tried}"
            assert told in claims[name].text, f"'{name}' holds on {told} other seeds; say so in its text"


@pytest.mark.parametrize("slug", CHAPTERS)
def test_what_nobody_noticed_has_a_reason_and_each_reason_a_change(slug):
    found = _found(slug)
    wanting = [f"{each.statement}: {each.change}" for each in found.survivors if each.claims and not each.accepted]
    assert not wanting, "sharpen a check, or accept it with its reason"
    for claim in _claims(slug):
        statements = [each.statement for each in found.survivors if claim.id in each.claims]
        for each in claim.accepts:
            assert any(map(each.covers, statements)), f"'{each.code}' of '{claim.id}' accepts nothing; take it out"


def test_experiments_that_are_wired_wrongly_do_not_go_unnoticed():
    """At most one in ten does, with a reason or without; what ends in an exception is counted apart from the rest."""
    wiring = sum((found.wiring for slug in CHAPTERS if (found := _found(slug))), Changes())
    assert wiring.unnoticed <= 0.1 * wiring.tried
