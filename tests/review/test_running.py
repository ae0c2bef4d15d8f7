"""A chapter is run in a kernel of its own: numbers, pictures, costs; as it was, with what stood around it."""

from exegesis.kernel.environment import short_environment
from exegesis.limits import Limits
from exegesis.review.ran import Ran
from exegesis.review.running import run_before, run_chapter
from exegesis.review.state import read_state
from tests.doubt.tiny import cell
from tests.review.tiny import NAME, Texts, chapter, side

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
