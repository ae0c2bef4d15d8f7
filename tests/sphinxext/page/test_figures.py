"""Every figure opens large, and says how narrow it may get."""

import re
import struct
import zlib

import pytest

from exegesis.sphinxext.page.figures import least_width
from tests.sphinxext.reading.test_sliders import MOVED, build
from tests.tiny import TinyBook, chapter, write_book

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 200" {}><text font-size="16">a</text>{}</svg>'
DRAWN = chapter("""\
# Drawn

```{figure} plan.svg
:name: fig-plan
:alt: Two boxes.

A plan.
```

[![Linked](plan.svg)](https://example.org)

![In a line](plan.svg)
""")


def png(width, dots):
    """A PNG of this width, with so many dots an inch or without saying it."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    density = chunk(b"pHYs", struct.pack(">IIB", round(dots / 0.0254), round(dots / 0.0254), 1)) if dots else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 400, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + density + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content", "drawn", "least"),
    [
        ("a.png", png(1080, 150), True, 461),  # 518.4 points, of which 9 are 8 pixels
        ("a.png", png(1080, 150), False, 0),  # what is in it is not known
        ("a.png", png(1080, 0), True, 0),
        ("a.svg", SVG.format("", "").encode(), False, 360),
        ("a.svg", SVG.format("", '<text style="font-size: 12px">b</text>').encode(), False, 480),
        ("a.svg", SVG.format("", "<style>text { font: 600 10px sans-serif }</style>").encode(), False, 576),
        ("a.svg", b'<svg viewBox="0 0 720 200"></svg>', False, 0),
        ("a.svg", b'<svg width="720"><text font-size="9">c</text></svg>', False, 0),
    ],
)
def test_the_smallest_words_say_how_narrow_a_picture_may_get(tmp_path, name, content, drawn, least):
    (tmp_path / name).write_bytes(content)
    assert least_width(tmp_path / name, drawn) == least


def test_a_file_that_is_not_there_has_no_width(tmp_path):
    assert least_width(tmp_path / "none.png", True) == least_width(tmp_path / "none.svg", True) == 0


def links(page):
    return re.findall(r'<a class="figure-open([^"]*)" href="([^"]*)"([^>]*)><img alt="([^"]*)"', page)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"drawn": DRAWN, "plain": chapter("# Plain\n")})
    (folder / "book/papers/plan.svg").write_text(SVG.format("", ""), "utf-8")
    book = TinyBook(folder, html_theme="sphinx_book_theme")
    assert book.messages == []
    return book


def test_a_figure_is_a_link_to_itself_that_keeps_its_words(book):
    ((wide, address, more, alt),) = links(book.page("drawn"))
    assert (wide, alt) == (" figure-wide", "Two boxes.")
    assert (book.app.outdir / "book/papers" / address).resolve().read_text() == SVG.format("", "")
    assert 'style="--least: 360px"' in more
    assert 'title="Open large"' in more


def test_what_a_cell_drew_is_one_too(tmp_path):
    page = build(tmp_path, {"moved": MOVED}).page("moved")
    ((_, address, _, alt),) = links(page)
    assert f'src="{address}"' in page
    assert "A mesh" in alt


def test_only_a_page_with_a_figure_loads_what_opens_it(book):
    for name in ("figures.js", "figures.css"):
        assert name in book.page("drawn")
        assert name not in book.page("plain")


def test_other_formats_have_the_picture_alone(tmp_path):
    folder = write_book(tmp_path, {"drawn": DRAWN})
    (folder / "book/papers/plan.svg").write_text(SVG.format("", ""), "utf-8")
    book = TinyBook(folder, builder="xml")
    assert "plan.svg" in (book.app.outdir / "book/papers/drawn.xml").read_text("utf-8")
    assert "enlargeable" not in (book.app.outdir / "book/papers/drawn.xml").read_text("utf-8")
