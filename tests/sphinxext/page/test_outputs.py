"""HTML that cells give is sanitised or stands in a frame, in a book that asks for it."""

import html
import re

import pytest

from tests.tiny import TinyBook, chapter, write_book

CELL = """
```{{code-cell}} python
class Shown:
    def _repr_mimebundle_(self):
        return {{{kind!r}: {text!r}}}

Shown()
```
"""
STYLER = "<style>#T td { color: red }</style><table id='T'><tr><td>1</td></tr></table><script>1 < 2</script>"
TABLE = "<table class='dataframe'><tr><td onmouseover=\"x()\">1</td></tr></table>"


def page(text, kind="text/html"):
    return chapter("# One\n" + CELL.format(kind=kind, text=text))


def build(folder, text, kind="text/html", **options):
    return TinyBook(write_book(folder, {"one": page(text, kind)}), **({"exegesis_policy": True} | options))


def given(book):
    """The place of what the cell gave, in the page."""
    return book.page("one").partition('class="cell_output')[2]


def frames(book):
    return sorted(path.relative_to(book.app.outdir).as_posix() for path in book.app.outdir.glob("_outputs/**/*.html"))


def test_what_is_plain_stands_in_the_page_sanitised(tmp_path):
    book = build(tmp_path, "<p title='a'>b</p><table class='dataframe'><tr><td id='x'>1</td></tr></table>")
    assert book.messages == []
    assert '<div class="output text_html"><p title="a">b</p><table class="dataframe">' in book.page("one")
    assert frames(book) == []


def test_what_is_more_stands_in_a_frame_from_a_file_that_may_fetch_nothing(tmp_path):
    book = build(tmp_path, STYLER)
    assert book.messages == []
    (name,) = frames(book)
    assert re.search(
        rf'<iframe class="output-frame"[^>]* sandbox="allow-scripts"[^>]* src="../../{name}">', given(book)
    )
    assert "color: red" not in given(book)
    text = book.file(name)
    assert text.index("default-src 'none'") < text.index("<style")
    (within,) = re.findall(r'<iframe [^>]*sandbox="allow-scripts" srcdoc="([^"]*)"></iframe>', text)
    assert html.unescape(within).rstrip().endswith(STYLER)
    assert "<script" not in text  # but within, escaped


@pytest.mark.parametrize(("builder", "name"), [("html", "a%b ü"), ("dirhtml", "one")])
def test_a_frame_is_found_from_its_page(tmp_path, builder, name):
    book = TinyBook(write_book(tmp_path, {name: page(STYLER)}), builder=builder, exegesis_policy=True)
    assert [message for message in book.messages if "leads nowhere" in message] == []
    assert len(frames(book)) == 1


def test_a_book_that_does_not_ask_keeps_what_it_had(tmp_path):
    book = build(tmp_path, STYLER, exegesis_policy=False)
    assert STYLER in book.page("one")
    assert frames(book) == []


def test_files_of_outputs_that_went_go_too(tmp_path):
    (old,) = frames(build(tmp_path, STYLER))
    (new,) = frames(build(tmp_path, STYLER + "<script>2</script>"))
    assert old != new
    assert frames(build(tmp_path, "<p>a</p>")) == []
    build(tmp_path, STYLER)
    (tmp_path / "book/papers/one.md").unlink()
    write_book(tmp_path, {"two": chapter("# Two\n")})
    assert frames(TinyBook(tmp_path, exegesis_policy=True)) == []


@pytest.mark.parametrize("other", ["epub", "singlehtml"])
def test_where_no_frame_can_be_the_rest_is_left_out(tmp_path, other):
    book = build(tmp_path, STYLER, builder=other)
    written = "".join(path.read_text("utf-8") for path in book.app.outdir.rglob("*html"))
    assert "<td>1</td>" in written
    for gone in ("<style>#T", "<script>1", "output-frame"):
        assert gone not in written


def test_a_script_alone_is_framed_and_a_widget_told(tmp_path):
    book = build(tmp_path, "document.title = 'x'", "application/javascript")
    assert book.messages == []
    assert len(frames(book)) == 1
    assert "document.title" not in given(book)
    book = build(tmp_path, {"model_id": "x"}, "application/vnd.jupyter.widget-view+json")
    assert any("a widget needs scripts of another host" in message for message in book.messages)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<img src='https://example.org/a.png'>", "would fetch 'https://example.org/a.png', and is not let"),
        ("<script src='https://example.org/a.js'></script>", "would fetch 'https://example.org/a.js'"),
        ("<a href='javascript:x()'>a</a>", "has a link to 'javascript:x()'"),
    ],
)
def test_what_reaches_elsewhere_is_told_at_its_cell(tmp_path, text, told):
    book = build(tmp_path, text)
    assert any(
        re.match(rf"book/papers/one.md:\d\d: the HTML of a cell {re.escape(told)}", each) for each in book.messages
    ), book.messages


def test_html_in_markdown_that_a_cell_gives_is_that_of_text(tmp_path):
    book = build(tmp_path, "a <b>b</b> c", "text/markdown")
    assert book.messages == []
    assert "a <b>b</b> c" in book.page("one")
    book = build(tmp_path, "a <img src=x onerror='x()'> c", "text/markdown")
    assert any("<img> in Markdown that a cell gives" in message for message in book.messages)
    assert "onerror" not in given(book)
