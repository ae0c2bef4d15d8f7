"""A page takes in nothing from outside the book's folder."""

import nbformat.v4 as v4
import pytest

from tests import tiny
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


def test_a_page_that_is_a_link_on_the_disk_stays_in_the_book(folder):
    path = folder / "book/papers/first.md"
    path.rename(folder.parent / "elsewhere.md")
    path.symlink_to(folder.parent / "elsewhere.md")
    assert TinyBook(folder).messages == [
        "book/papers/first.md:1: the page 'book/papers/first' leads out of the book's folder by a link, and would be "
        "published; copy what is meant to be read into the book, or take the link out"
    ]
    path.unlink()
    (folder.parent / "elsewhere.md").rename(folder / "book/elsewhere.txt")
    path.symlink_to(folder / "book/elsewhere.txt")
    assert TinyBook(folder).messages == []


@pytest.mark.parametrize("setting", ["html_static_path", "html_extra_path"])
@pytest.mark.parametrize("target", ["secret.txt", "others"])
def test_a_folder_that_is_published_as_it_is_has_no_links_out_of_the_book(folder, setting, target):
    (folder / "_own/inner").mkdir(parents=True)
    (folder.parent / "others").mkdir()
    (folder / "_own/inner/linked").symlink_to(folder.parent / target)
    (folder / "_own/inside.txt").symlink_to(folder / "book/papers/own.txt")
    for _ in range(2):
        (fault,) = TinyBook(folder, **{setting: ["_own"]}).faults.faults
        assert (fault.path, fault.line) == ("_own/inner/linked", 1)
        assert fault.what == "'_own/inner/linked' is outside of the book's folder, and would be published"


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


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<script>alert(1)</script>", "x.svg' has <script>, at its line 2"),
        ('<g onload="alert(1)"/>', "has 'onload', which runs code"),
        ('<a href="java&#115;cript:alert(1)"><path/></a>', "leads to 'javascript:alert(1)'"),
        ('<image href="https://example.org/a.png"/>', "loads https://example.org/a.png, which is elsewhere"),
        ("<style>@import url(//example.org/a.css);</style>", "loads something from elsewhere"),
        ('<a><set attributeName="href" to="javascript:alert(1)"/></a>', "leads to 'javascript:alert(1)'"),
        ('<a><animate attributeName="href" values="#a;javascript:alert(1)"/></a>', "leads to '#a;javascript:alert(1)'"),
        ('<h:meta xmlns:h="http://www.w3.org/1999/xhtml" http-equiv="refresh"/>', "has <meta>, which is HTML"),
        ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', "has <p>, which is HTML"),
        ('<use href="data:image/svg+xml,x"/>', "leads to 'data:image/svg+xml,x', which runs code"),
        ("<foreignObject/>", "has <foreignObject>"),
        ("<g>", "is no SVG that browsers can read (mismatched tag)"),
    ],
)
def test_a_picture_draws_and_does_nothing_else(folder, inside, told):
    (folder / "book/papers/x.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{inside}</svg>\n')
    write_book(folder, {"first": chapter("# T\n\n![x](x.svg)\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert told in fault.what
    assert fault.line == chapter("# T\n\n![x](x.svg)").count("\n") + 1


def test_a_drawing_passes(folder):
    (folder / "book/papers/x.svg").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><style>g{fill:url(#a)}</style>'
        '<image xlink:href="data:image/png;base64,iVBORw0KGgo="/><a href="https://example.org"><path id="a"/></a></svg>'
    )
    write_book(folder, {"first": chapter("# T\n\n![x](x.svg)\n")})
    assert TinyBook(folder).messages == []


@pytest.mark.parametrize("kind", ["image", "figure"])
def test_a_picture_that_is_a_link_to_nowhere_is_told_once(folder, kind):
    (folder / "book/papers/own.png").unlink()
    (folder / "book/papers/own.png").symlink_to("own.png")
    write_book(folder, {"first": chapter("# T\n\n" + PICTURE[kind].format("own.png") + "\n")})
    (message,) = TinyBook(folder).messages
    assert "not readable" in message


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("image/png", "aGVsbG8=", "the cell's PNG is no picture of the kind that its name says"),
        ("image/png", "", "the cell's PNG is no picture"),
        ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "the cell's SVG has <script>"),
    ],
)
def test_what_a_cell_shows_is_a_picture(folder, monkeypatch, kind, data, told):
    monkeypatch.setattr(tiny, "_run", lambda *_: [v4.new_output("display_data", data={kind: data})])
    cell = "```{code-cell} python\n---\nmystnb: {image: {alt: A picture.}}\n---\n1\n```\n"
    write_book(folder, {"first": chapter("# T\n\n" + cell)})
    (fault,) = TinyBook(folder).faults.faults
    assert fault.what.startswith(told)


def test_a_picture_of_another_host_is_told(folder):
    write_book(folder, {"first": chapter("# T\n\n![x](https://example.org/a.png)\n")})
    (fault,) = TinyBook(folder).faults.faults
    assert "would be fetched from elsewhere by each reader" in fault.what
