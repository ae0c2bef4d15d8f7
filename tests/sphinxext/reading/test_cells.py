"""Options and tags of cells that are nearly ones that mean something are told."""

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
