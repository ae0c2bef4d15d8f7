"""A chapter is run in a kernel of its own: verdicts, numbers, pictures, costs; as it was, with what stood around it."""

import pytest

from exegesis.catalogue import Standing
from exegesis.kernel.environment import short_environment
from exegesis.limits import Limits
from exegesis.review.running import Ran, judged, run_before, run_chapter, written_wrong
from exegesis.review.state import read_state
from tests.doubt.tiny import cell
from tests.review.tiny import CODE, NAME, Texts, chapter, claim, proof, side

PICTURE = cell("import base64\nfrom IPython.display import Image\nImage(base64.b64decode('iVBORw0KGgo='))")
READS = cell("from pathlib import Path\n{'y': float(Path('data.txt').read_text())}", "sum")


def state_of(text, **files):
    return read_state(Texts({NAME: text, **files}), side({}).layout, NAME)


def test_a_chapter_as_it_was_with_what_stood_around_it(tmp_path):
    was = {NAME: chapter(READS, PICTURE, cell("1 / 0")), "book/papers/data.txt": "3", "tests/x.py": "not asked for"}
    state = read_state(Texts(was), side({}).layout, NAME)
    ran = run_before(state, Texts(was), Limits(), short_environment(tmp_path / "home"))
    assert ran.values == {"sum": {"y": 3.0}}
    assert ran.failure
    assert "ZeroDivisionError" in ran.failure.what
    assert ran.failure.line == state.text.splitlines().index("1 / 0") + 1
    assert [picture.data[:4] for picture in ran.pictures] == [b"\x89PNG"]
    assert ran.pictures[0].address == "data:image/png;base64,iVBORw0KGgo="
    assert ran.costs[0].line == state.text.splitlines().index("from pathlib import Path") + 1
    assert all(cost.memory > 10 for cost in ran.costs)


def test_what_no_cell_may_use_is_told(tmp_path):
    text = chapter(cell("import time\nbegin = time.time()"))
    path = tmp_path / "tiny.md"
    path.write_text(text)
    environment = short_environment(tmp_path / "home")
    assert ["clock" in each.what for each in run_chapter(path, text, Limits(), environment).uses] == [True]
    assert run_chapter(path, text, Limits(), environment, ["clock"]).uses == []


def test_a_page_without_cells_is_not_run(tmp_path):
    assert run_chapter(tmp_path / "x.md", "# Words\n", Limits(), {}) == Ran(0.0)


@pytest.mark.parametrize(
    ("check", "more", "standing", "wrong"),
    [
        ("y = 3.0", "", Standing.HOLDS, ""),
        ("y > 4", "", Standing.FAILS, "'y > 4' does not hold: 3"),
        ("y = 3.0", ":limits: |\n  not y > 4\n  No more.\n", Standing.IN_PART, ""),
        ("y = 3.0", ":limits: |\n  not y > 2\n  No more.\n", Standing.FAILS, "'not y > 2' does not hold: 3"),
        ("y = 3.0", ":said: y 3.1 (there)\n", Standing.HOLDS, ""),
        ("y = 3.0", ":said: y 3 (there)\n", Standing.FAILS, "what is said (3) passes too"),
        ("z = 3.0", "", Standing.FAILS, "the cell gives no number named 'z' (it gives y)"),
    ],
)
def test_a_claim_and_what_came_out(check, more, standing, wrong):
    state = state_of(chapter(CODE, proof(), claim(check, more=more)))
    (found,) = judged(state.claims.values(), Ran(0.0, values={"sum": {"y": 3.0}}))
    assert (found.standing, found.wrong) == (standing, wrong)


def test_a_claim_without_a_number():
    state = state_of(chapter(CODE, proof("'three'"), claim()))
    (found,) = judged(state.claims.values(), Ran(0.0, wrong={"sum": "it is a word"}))
    assert (found.standing, found.wrong) == (Standing.FAILS, "it is a word")
    quoted = state_of(chapter(CODE, claim("", evidence="quoted")))
    assert [each.standing for each in judged(quoted.claims.values(), Ran(0.0))] == [Standing.UNCHECKED]


def test_numbers_in_the_text_that_are_others():
    state = state_of(chapter("It is {value}`3.1 <sum.y>`, or {value}`3 <sum.y>`; {value}`7 <other>`.", CODE, proof()))
    (fault,) = written_wrong(state, Ran(0.0, values={"sum": {"y": 3.0}}))
    assert "'3.1' is not what comes out, 3; write 3.0" in fault.told
    assert fault.line == next(n for n, line in enumerate(state.text.splitlines(), 1) if "3.1" in line)
