"""The pictures behind a slider: made by running its cell again, and refused where that would mislead."""

import nbformat.v4 as v4
import pytest

from exegesis.execution import Store, run_notebooks, with_outputs
from exegesis.execution.frames import SliderError, frames_of, sliders_of, take_frames, without_frames
from exegesis.execution.notebook import read_notebook
from exegesis.kernel.environment import set_environment
from tests.cells import Client, picture, run
from tests.tiny import chapter


def notebook(*cells, slider=None):
    """Return a notebook of these cells, the first with this slider."""
    made = [v4.new_code_cell(code) for code in cells]
    made[0].metadata["slider"] = {"size": [1, 2, 3]} if slider is None else slider
    return v4.new_notebook(cells=made)


def take(*cells, slider=None):
    nb = notebook(*cells, slider=slider)
    client = Client(nb)
    run(take_frames(client, sliders_of(nb)))
    return nb


def test_there_is_a_frame_for_each_value_in_their_order():
    name, still, frames = frames_of(take("size = 2\nshow(5, size)\nprint('size', size)").cells[0])
    assert (name, still) == ("size", 1)
    assert [frame.value for frame in frames] == [1, 2, 3]
    assert [frame.png for frame in frames] == [picture(5, 1), picture(5, 2), picture(5, 3)]
    assert [frame.text for frame in frames] == ["size 1", "size 2", "size 3"]
    assert {frame.size for frame in frames} == {(5, 5)}


def test_the_cell_keeps_its_code_its_output_and_its_count():
    nb = take("size = 2  # pixels\nshow(5, size)", "x = 1")
    assert [cell.execution_count for cell in nb.cells] == [1, 2]
    assert nb.cells[0].source == "size = 2  # pixels\nshow(5, size)"
    assert [output.data["image/png"] for output in nb.cells[0].outputs] == [picture(5, 2)]


def test_the_value_is_replaced_where_it_stands():
    (slider,) = sliders_of(notebook("# wide\nsize = 2  # 2 of 3\nshow(size)"))
    assert slider.source("# wide\nsize = 2  # 2 of 3\nshow(size)", 0.5) == "# wide\nsize = 0.5  # 2 of 3\nshow(size)"


@pytest.mark.parametrize(
    ("slider", "told"),
    [
        ("size", "names one parameter and its values"),
        ({"size": [1, 2], "other": [1, 2]}, "names one parameter"),
        ({}, "names one parameter"),
        ({"size": [1, 2], "label": 3}, "the label of the slider 'size' is no text"),
        ({"size": [1, 2], "unit": 3}, "the unit of the slider 'size' is no text"),
        ({"size": 2}, "a list of 2 to 24 values"),
        ({"size": [2]}, "a list of 2 to 24 values"),
        ({"size": list(range(25))}, "a list of 2 to 24 values"),
        ({"size": [1, "1e-3"]}, "no number: '1e-3'; write 1.0e-3"),
        ({"size": [1, True]}, "no number: True"),
        ({"size": [2, 1]}, "do not ascend"),
        ({"size": [1, 2, 2]}, "do not ascend"),
        ({"size": [1, 3]}, "size = 2 is not among"),
        ({"width": [1, 2]}, "begin it with 'width = '"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(slider, told):
    with pytest.raises(SliderError, match=told):
        sliders_of(notebook("size = 2\nshow(size)", slider=slider))


@pytest.mark.parametrize(
    "code",
    ["", "show(2)", "size: int = 2", "size = other = 2", "size = 1 + 1", "size = -(\n2)", "size, x = 2, 3", "size ="],
)
def test_a_cell_that_begins_otherwise_is_refused(code):
    with pytest.raises(SliderError, match="begins otherwise"):
        sliders_of(notebook(code))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["size = 2\nshow(5, n)", "n = n + 1"], "another picture when it is run again"),
        (["size = 2\nshow(5)\nprint(n)", "n = n + 1"], "another text when it is run again"),
        (["size = 2\nshow(size)"], r"1 x 1 pixels at size = 1, and 2 x 2 at 2"),
        (["size = 2\nshow(5)\n1 / (3 - size)"], "at size = 3 the cell raises ZeroDivisionError"),
        (["size = 2\nprint(size)"], "at size = 2 the cell gives 0 pictures"),
        (["size = 2\nshow(5)\nshow(5)"], "gives 2 pictures"),
        (["size = 2\nfor _ in range(size - 1):\n    show(5)"], "at size = 1 the cell gives 0 pictures"),
        (["size = 2\nshow(5)\nvalue(size)"], "gives a value or a warning"),
        (["size = 2\nshow(5, size // 2)"], "size = 2 and 3 give the same"),
    ],
)
def test_frames_that_would_mislead_are_refused(cells, told, monkeypatch):
    from nbclient.exceptions import CellExecutionError

    plain = Client.async_execute_cell

    async def as_nbclient(self, *args, **options):
        try:
            await plain(self, *args, **options)
        except ZeroDivisionError as error:
            raise CellExecutionError("", type(error).__name__, str(error)) from None

    monkeypatch.setattr(Client, "async_execute_cell", as_nbclient)
    cells[0] = cells[0].replace("size = 2\n", "size = 2\nn = globals().get('n', 0)\n", 1)
    with pytest.raises(SliderError, match=told):
        take(*cells)


def test_what_is_given_away_has_no_frames():
    nb = take("size = 2\nshow(5, size)")
    assert frames_of(without_frames(nb).cells[0]) is None
    assert frames_of(nb.cells[0]) is not None


REAL = """\
# T

```{code-cell} python
---
slider:
  size: [1, 2]
---
size = 2
from IPython.display import Image, display
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(16) + bytes([size]), format="png"))
```
"""


@pytest.fixture
def page(tmp_path):
    set_environment(tmp_path)
    path = tmp_path / "page.md"
    path.write_text(chapter(REAL), encoding="utf-8")
    return path


def test_a_kernel_makes_them_and_the_store_keeps_them(page, tmp_path):
    store = Store(tmp_path / "store")
    (done,) = run_notebooks([page], store)
    assert done.failure is None
    executed = with_outputs(read_notebook(page.read_text(encoding="utf-8")), done.result.file)
    (cell,) = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [frame.bytes[-1] for frame in frames_of(cell)[2]] == [1, 2]
    assert run_notebooks([page], store)[0].stored


def test_a_fault_is_told_with_its_line(page, tmp_path):
    page.write_text(page.read_text(encoding="utf-8").replace("[1, 2]", "[1, 3]"), encoding="utf-8")
    (done,) = run_notebooks([page], Store(tmp_path / "store"))
    assert done.failure.line == page.read_text(encoding="utf-8").splitlines().index("size = 2") + 1
    assert "not among the slider's values" in done.failure.what
