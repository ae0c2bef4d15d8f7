"""A page takes in nothing from outside the book's folder."""

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

PNG = b"\x89PNG\r\n\x1a\n"
#: How a page takes in a text, and how a picture.
TEXT = {
    "literalinclude": "```{{literalinclude}} {}\n```",
    "diff": "```{{literalinclude}} own.txt\n:diff: {}\n```",
    "include": "```{{include}} {}\n```",
    "literal": "```{{include}} {}\n:literal:\n```",
    "raw": "```{{raw}} html\n:file: {}\n```",
    "table": "```{{csv-table}} T\n:file: {}\n```",
    "download": "{{download}}`it <{}>`",
    "link": "[it]({})",
    "rst": "```{{eval-rst}}\n.. include:: {}\n```",
}
PICTURE = {"image": "![A picture]({})", "figure": "```{{figure}} {}\n:alt: x\n```"}


@pytest.fixture
def folder(tmp_path):
    """A book within a folder that has other files too."""
    (tmp_path / "secret.txt").write_text("secret words", encoding="utf-8")
    (tmp_path / "secret.png").write_bytes(PNG)
    folder = write_book(tmp_path / "a book", {"first": chapter("# T\n")})
    (folder / "book/papers/own.txt").write_text("own words", encoding="utf-8")
    (folder / "book/papers/own.png").write_bytes(PNG)
    (folder / "book/papers/linked.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.mark.parametrize("kind", [*TEXT, *PICTURE])
def test_a_file_outside_is_told_at_its_line_and_one_inside_is_taken(folder, kind):
    form, end = (TEXT[kind], "txt") if kind in TEXT else (PICTURE[kind], "png")
    write_book(folder, {"first": chapter("# T\n\n" + form.format(f"../../../secret.{end}") + "\n")})
    told = [message for message in TinyBook(folder).messages if "outside of the book's folder" in message]
    assert len(told) == 1
    assert told[0].startswith("book/papers/first.md:")
    assert int(told[0].split(":")[1]) > FRONT.count("\n") + 2
    write_book(folder, {"first": chapter("# T\n\n" + form.format(f"own.{end}") + "\n")})
    assert TinyBook(folder).messages == []


def test_a_link_on_the_disk_does_not_lead_out_either(folder):
    write_book(folder, {"first": chapter("# T\n\n```{literalinclude} linked.txt\n```\n")})
    assert "outside of the book's folder" in TinyBook(folder).messages[0]


def test_what_docutils_brings_may_be_taken(folder):
    write_book(folder, {"first": chapter("# T\n\n```{include} <isonum.txt>\n```\n")})
    assert [m for m in TinyBook(folder).messages if "outside" in m] == []


def test_code_that_a_cell_takes_in_stands_in_the_book_too(folder):
    (folder.parent / "secret.py").write_text("1\n", encoding="utf-8")
    write_book(folder, {"first": chapter("# T\n\n```{code-cell} python\n:load: ../../../secret.py\n```\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert "outside of the book's folder" in fault.what
    assert fault.line == chapter("# T\n\n```{code-cell} python\n:load: x").count("\n") + 1


@pytest.mark.parametrize(("name", "data"), [("empty.png", b""), ("page.png", b"<html>"), ("page.svg", b"<html>")])
def test_a_file_that_is_no_picture_is_told(folder, name, data):
    (folder / "book/papers" / name).write_bytes(data)
    write_book(folder, {"first": chapter(f"# T\n\n![x]({name})\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert "is no picture" in fault.what
    assert fault.line == chapter(f"# T\n\n![x]({name})").count("\n") + 1


def test_a_picture_of_another_host_is_told(folder):
    write_book(folder, {"first": chapter("# T\n\n![x](https://example.org/a.png)\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert "would be fetched from elsewhere by each reader" in fault.what
