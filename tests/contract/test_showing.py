"""A picture and an example stand before the first formula that has a number, however it is written."""

import json

import pytest

from tests.contract.tiny import SLUG, told

PICTURE = "```{picture} a.svg\n:name: fig-a-paper-a\n:alt: x\n\nA.\n```\n"
FORMULAS = {"dollars": "$$\nx\n$$ (eq-x)\n", "directive": "```{math}\n:label: eq-x\nx\n```\n"}
CODES = ("picture-first", "example-first")


def lines(folder, text):
    return [fault.split(":")[1] for fault in told(folder, text, *CODES)]


@pytest.mark.parametrize("form", FORMULAS)
def test_both_are_asked_for_at_the_first_numbered_formula(tmp_path, form):
    text = f"# A\n\n$$\n3+4=7\n$$\n\n{FORMULAS[form]}\n{PICTURE}\n{{value}}`3 <a>`\n"
    first, second = told(tmp_path / "after", text, *CODES)
    assert first.split(":")[1] == second.split(":")[1] == str(text[: text.index(FORMULAS[form])].count("\n") + 17)
    assert "before the first formula" in first
    before = f"# A\n\n{PICTURE}\n{{value}}`3 <a>`\n\n{FORMULAS[form]}"
    assert told(tmp_path / "before", before, *CODES) == []


def test_a_chapter_without_formulas_needs_a_picture_all_the_same(tmp_path):
    (fault,) = told(tmp_path, "# A\n", *CODES)
    assert "no picture of the thing stands before the end" in fault


def test_of_a_notebook_the_cells_are_compared(tmp_path):
    def notebook(*sources):
        cells = [{"cell_type": "markdown", "metadata": {}, "source": source} for source in sources]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    shown = f"{PICTURE}\n{{value}}`3 <a>`\n"
    assert told(tmp_path / "one", notebook(shown + FORMULAS["dollars"]), *CODES, example="json") == []
    faults = told(tmp_path / "two", notebook("# A", FORMULAS["dollars"], shown), *CODES, example="json")
    assert [f"{SLUG}.ipynb:cell 2" in fault for fault in faults] == [True, True]


@pytest.mark.parametrize(
    ("svg", "words"),
    [
        (None, "there is no picture 'a.svg'"),
        ("<svg viewBox='0 0 9 9'>\n<script/></svg>", "a.svg, line 2: it has <script>"),
        ("<svg viewBox='0 0 9 9'></svg>", None),
    ],
)
def test_a_file_that_is_no_picture_is_told_without_a_build(tmp_path, svg, words):
    if svg:
        (tmp_path / "book/papers").mkdir(parents=True)
        (tmp_path / "book/papers/a.svg").write_text(svg, encoding="utf-8")
    faults = told(tmp_path, f"# A\n\n{PICTURE}", "picture-file")
    assert len(faults) == bool(words)
    assert all(words in fault for fault in faults)


@pytest.mark.parametrize(
    ("code", "picture"),
    [
        ("alt", PICTURE.replace(":alt: x\n", "")),
        ("alt-short", PICTURE),
        ("figure-name", PICTURE.replace("fig-a-paper-", "")),
        ("figure-caption", PICTURE.replace("\nA.\n", "")),
    ],
)
def test_what_is_asked_of_figures_is_asked_of_pictures(tmp_path, code, picture):
    assert len(told(tmp_path / "bad", f"# A\n\n{picture}", code)) == 1
    good = PICTURE.replace(":alt: x", ":alt: Two boxes, and an arrow that leads from one to the other.")
    assert told(tmp_path / "good", f"# A\n\n{good}", code) == []


def test_a_picture_elsewhere_is_not_read(tmp_path):
    """What is looked at may be a stranger's: it may name a device, or what is nobody's business."""
    for name in ("/dev/zero", "../../../../a.svg"):
        (fault,) = told(tmp_path, f"# A\n\n{PICTURE.replace('a.svg', name)}", "picture-file")
        assert f"'{name}' is outside of the book's folder" in fault
