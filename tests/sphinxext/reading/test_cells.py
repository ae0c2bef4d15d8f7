"""Options and tags of cells that are nearly ones that mean something are told."""

import nbformat
import nbformat.v4 as v4
import pytest

from tests.tiny import TinyBook, chapter, write_book


@pytest.mark.parametrize(
    ("option", "mend"),
    [
        (":claimm: x", "write 'claim'"),
        (":tag: [hide-input]", "write 'tags'"),
        (":tags: [hide_input]", "write 'hide-input'"),
        (":tags: [use-clock]", "write 'uses-clock'"),
    ],
)
def test_it_is_told_with_what_to_write(tmp_path, option, mend):
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n```{{code-cell}} python\n{option}\n\n1\n```\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert fault.mend == mend
    assert fault.path == "book/papers/first.md"


def test_what_others_use_passes(tmp_path):
    options = ":tags: [hide-input, my-own, uses-clock]\n:colab: {base_uri: x}\n"
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n```{{code-cell}} python\n{options}\n1\n```\n")})
    assert TinyBook(folder).messages == []


STATE = {"application/vnd.jupyter.widget-state+json": {"state": {"known": {}}}}


@pytest.mark.parametrize(("metadata", "told"), [({}, True), ({"widgets": STATE}, False)])
def test_a_widget_that_needs_a_kernel_is_told(tmp_path, metadata, told):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "known"}, "text/plain": "IntSlider(value=3)"}
    cell = v4.new_code_cell("1", outputs=[v4.new_output("display_data", data=view)])
    folder = write_book(tmp_path, {})
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# W"), cell], metadata=metadata)
    (folder / "w.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    messages = TinyBook(folder, nb_execution_mode="off", exegesis_feed=False).messages
    assert any("shows a widget, of which nothing is seen" in message for message in messages) == told
