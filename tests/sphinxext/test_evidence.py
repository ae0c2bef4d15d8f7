"""What was found by doubting is shown with each claim, of the code as it is now and of no other."""

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from exegesis.catalogue import declared
from exegesis.slicing.needed import code_digest
from tests.catalogue.test_doubted import TOLD
from tests.sphinxext.reading.test_claims import SOUND
from tests.tiny import TinyBook, chapter, write_book

ROOT = Path(__file__).parents[2]
ACCEPTED = ":accepts: |\n  `7 * 22`: any depth will do\nThe network has"
TEXT = chapter(SOUND.replace("The network has", ACCEPTED))
CELLS = [
    ("def count():\n    return 7 * 22 + 1", ""),
    ('{"deep": count(), "wide": 2 * count()}', "layers"),
]
INDEX = "# Tiny\n\n```{listing} totals\n```\n\n```{listing} claims\n```\n\n```{listing} evidence\n```\n\n"


def book(folder, told=None, text=TEXT, **options):
    write_book(folder, {"first": text})
    (folder / "index.md").write_text(INDEX + "```{toctree}\nbook/papers/first\nbibliography\n```\n", encoding="utf-8")
    if told is not None:
        (folder / "book/evidence").mkdir(exist_ok=True)
        (folder / "book/evidence/first.json").write_text(json.dumps(told), encoding="utf-8")
    return TinyBook(folder, **options)


def current(text=TEXT):
    return TOLD | {"code": code_digest(CELLS, declared(text))}


def claim_of(built):
    (claim,) = json.loads(built.file("claims.json"))["claims"]
    schema = json.loads(files("exegesis").joinpath("schemas/claims.schema.json").read_text("utf-8"))
    jsonschema.validate({"claims": [claim]}, schema)
    return claim


def test_a_claims_card_says_how_far_it_was_doubted(tmp_path):
    built = book(tmp_path, current())
    assert built.messages == []
    card = built.page("first").split('class="claim-doubt"')[1].split("</details>")[0]
    assert "Held on 19 of 20 seeds; 12 of 15 changes to its code were noticed, 1 more ended in an exception" in card
    words = " ".join(re.sub("<[^>]*>", "", card).split())
    assert "9 were noticed by its own checks, 2 by another claim's, 1 by the tests of a function" in words
    assert "return 7 * 22 + 1, changed as 7 -&gt; 8: any depth will do" in words
    assert "deep went from 150 to 160, median 155" in words
    assert "On processors of the kind x86-64-v2 it holds too" in words


@pytest.mark.slow
def test_pages_are_not_written_anew_by_a_process_that_orders_sets_in_another_way(tmp_path):
    built = book(tmp_path, current())
    page = Path(built.app.outdir, "book/papers/first.html")
    code = "import sys, pathlib; from tests.tiny import TinyBook; TinyBook(pathlib.Path(sys.argv[1]), run=False)"
    written = []
    for seed in ("1", "2"):  # by which the names of two parts of evidence come in two orders
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, tmp_path], env=environment, cwd=ROOT, check=True)
        written.append(page.stat().st_mtime_ns)
    assert len(set(written)) == 1


def test_ledger_totals_and_data_have_it(tmp_path):
    built = book(tmp_path, current())
    index = built.file("index.html")
    assert 'data-held="0.95" data-noticed="0.8"' in index
    assert '<select name="order">' in index
    words = " ".join(re.sub("<[^>]*>", "", index).split())
    assert "Of 1 claim that was tried on other seeds, 0 held on all of them" in words
    assert "Of 15 changes to code, counted once for each claim that they touch, 12 were noticed; 1 more ended" in words
    assert "Of 6 changes to functions, their tests noticed 5" in words
    assert 'class="claims-table evidence-table"' in index
    doubted = claim_of(built)["doubted"]
    assert doubted["changes"]["checks"] == 9
    assert doubted["seeds"] == {"tried": 20, "held": 19, "baselines": {"x86-64-v2": True}}


def test_a_claim_that_held_on_no_seed_is_counted_among_those_that_were_tried(tmp_path):
    told = current()
    lost = {"layers": told["claims"]["layers"] | {"seeds": {"tried": 20, "held": 0, "baselines": {}}}}
    built = book(tmp_path, told | {"claims": lost})
    assert "Held on 0 of 20 seeds" in built.page("first")
    assert '<td data-label="held on all seeds">0 of 1</td>' in built.file("index.html")


def test_a_book_without_evidence_says_nothing_of_it(tmp_path):
    built = book(tmp_path)
    assert built.messages == []
    assert "claim-doubt" not in built.page("first")
    assert "evidence-table" not in built.file("index.html")
    assert 'name="order"' not in built.file("index.html")
    assert claim_of(built)["doubted"] is None
    assert "evidence:" not in built.app.status.getvalue()


def test_evidence_of_other_code_is_not_shown_and_the_build_says_so(tmp_path):
    built = book(tmp_path, TOLD)
    assert built.messages == []
    assert "claim-doubt" not in built.page("first")
    assert claim_of(built)["doubted"] is None
    assert "run 'exegesis doubt first': what it found is missing or of other code" in built.app.status.getvalue()


def test_what_one_command_found_is_shown_without_the_other(tmp_path):
    half = {key: value for key, value in current().items() if key != "seeds"}
    half["claims"] = {"layers": {"changes": TOLD["claims"]["layers"]["changes"]}}
    built = book(tmp_path, half)
    assert "12 of 15 changes" in built.page("first")
    said = built.app.status.getvalue()
    assert "run 'exegesis seeds first'" in said
    assert "run 'exegesis doubt" not in said


def test_a_file_that_can_not_be_read_is_a_fault(tmp_path):
    (message,) = book(tmp_path, TOLD | {"code": 3}).messages
    assert message.startswith("book/evidence/first.json:1: '$.code' is not as the commands write it; run 'exegesis")


def test_pages_follow_the_evidence(tmp_path):
    book(tmp_path, TOLD)
    built = book(tmp_path, current())
    assert "claim-doubt" in built.page("first")
    assert "evidence-table" in built.file("index.html")
    changed = TEXT.replace("deep = 155", "deep > 150")
    assert "claim-doubt" not in book(tmp_path, current(), changed).page("first")


def test_words_and_reasons_may_change_and_the_evidence_stays(tmp_path):
    built = book(tmp_path, current(), chapter(SOUND.replace("The network has", "It has")))
    assert "and nobody has said why" in built.page("first")
    assert "any depth will do" in book(tmp_path, current()).page("first")


def test_it_is_told_where_there_is_no_site_too(tmp_path):
    text = book(tmp_path, current(), builder="text").app.outdir.joinpath("book/papers/first.txt").read_text("utf-8")
    assert "Doubted: held on 19 of 20 seeds" in " ".join(text.split())
