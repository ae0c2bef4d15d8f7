"""Words are looked up where they are prose, and only there."""

import pytest

from exegesis.contract.code import in_cell
from tests.contract.tiny import told

FIGURE = "---\nmystnb:\n  figure:\n    caption: {}\n  image:\n    alt: {}\n---\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("# A Papre\n", ":17:5:"),
        ("# A\n\nA first line,\nand a secnod.\n", ":20:7:"),
        ("# A\n\nA *secnod*, said it's author's.\n", ":19:4:"),
        ("# A\n\n:::{note}\nThe secnod.\n:::\n", ":20:5:"),
        ("# A\n\n- one\n- secnod\n", ":20:3:"),
        ("# A\n\n" + in_cell("x = 1", FIGURE.format("The secnod.", "It.")), ":23:18:"),
        ("# A\n\n" + in_cell("x = 1", FIGURE.format("It.", "The secnod.")), ":25:14:"),
        ("# A\n\n```{claim} one\n:why: the secnod\nText.\n```\n", ":20:11:"),
        ("# A\n\n![A secnod](a.png)\n", ":19:5:"),
    ],
)
def test_a_slip_is_told_at_its_place(tmp_path, text, place):
    (fault,) = told(tmp_path, text, "spelling")
    assert fault.startswith(f"book/papers/a-paper.md{place} spelling '")


@pytest.mark.parametrize(
    "text",
    [
        "`secnod` and $secnod$ and {ref}`secnod`",
        "https://example.org/secnod and [here](https://secnod.org)",
        "ResNet and VGG16 and LSTMs, i.e. np.secnod and a_secnod",
        "The colour of a neighbour, centred; we normalise, analyse and generalise; labelled tumours",
        "Second, the author's own",
        "```{dropdown} How\n```python\nsecnod = 1\n```\n```",
    ],
)
def test_what_is_no_slip_passes(tmp_path, text):
    assert told(tmp_path, f"# A\n\n{text}\n", "spelling") == []


def test_a_word_is_told_once_with_the_nearest(tmp_path):
    (fault,) = told(tmp_path, "# A\n\nA secnod, a secnod.\n", "spelling")
    assert fault.endswith(
        "'secnod' is no word that is known; did you mean 'second'?; correct it, or add it to book/words.txt"
    )


def test_the_books_own_words_are_known(tmp_path):
    text = "# A\n\nThe softmax of Glorot, and Glorot's softmaxx.\n"
    (fault,) = told(tmp_path, text, "spelling", words="# of the field\nsoftmax\n\nGlorot  # a name\n")
    assert "'softmaxx'" in fault
