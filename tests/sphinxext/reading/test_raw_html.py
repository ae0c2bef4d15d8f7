"""Raw HTML is refused but for a short list."""

import pytest

from tests.tiny import TinyBook, chapter, write_book

REFUSED = {
    '<img src="x.png">': "![what it shows](file)",
    "A <img src='x.png' alt='x'> here.": "![what it shows](file)",
    "<script>alert(1)</script>": "html_js_files",
    "<iframe src='https://example.org'></iframe>": "link the page",
    "<style>p { color: red }</style>": "html_css_files",
    "<marquee>x</marquee>": "add 'marquee' to exegesis_raw_html",
    "a <b onclick='x()'>b</b>": "'onclick'",
    "```{raw} html\n<video></video>\n```": "add 'video'",
    "<!-- a comment\n\nText.": "does not end",
}


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_with_what_to_write(tmp_path, text):
    messages = TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})).messages
    assert [m for m in messages if REFUSED[text] in m and m.startswith("book/papers/first.md:")], messages


@pytest.mark.parametrize("text", ["Press <kbd>Ctrl</kbd>, x<sub>1</sub><br>y.", "<!-- a note -->", "`<img>`", "a\\\nb"])
def test_the_short_list_is_taken(tmp_path, text):
    assert TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{text}\n")})).messages == []


def test_a_book_may_have_a_list_of_its_own(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# T\n\n<video></video>\n")})
    assert TinyBook(folder, exegesis_raw_html=["video"]).messages == []


def test_what_a_cell_gives_is_left_alone(tmp_path):
    code = "```{code-cell} python\nprint('<img>')\n```\n"
    assert TinyBook(write_book(tmp_path, {"first": chapter(f"# T\n\n{code}")})).messages == []
