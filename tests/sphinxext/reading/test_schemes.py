"""Links lead to the site, the web or a mail address."""

import pytest

from exegesis.sphinxext.reading.schemes import is_fit
from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book


@pytest.mark.parametrize(
    "address", ["", "one.html#a:b", "#a", "https://example.org/?q=a:b", "HTTP://example.org", "mailto:a@example.org"]
)
def test_what_a_page_may_lead_to(address):
    assert is_fit(address, strict=True)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x()",
        "JavaScript:x()",
        " \x01java\nscript:x()",
        "javascript://a%0ax()",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_code_is_refused_in_every_book(address):
    assert not is_fit(address, strict=False)


@pytest.mark.parametrize("address", ["ftp://example.org", "tel:123", "file:///etc/passwd"])
def test_other_programs_are_refused_where_there_is_a_policy(address):
    assert is_fit(address, strict=False)
    assert not is_fit(address, strict=True)


RST = "# One\n\n```{{eval-rst}}\n{}\n```\n"


@pytest.mark.parametrize(
    "text",
    [
        RST.format("`a <javascript:x()>`_"),
        "# One\n\n```{figure} a.png\n:target: javascript:x()\n:alt: a\nA\n```\n",
        "# One\n\n```{toctree}\na <javascript://%0ax()>\n```\n",
    ],
)
def test_a_link_that_runs_code_is_told_and_taken_out(tmp_path, text):
    (tmp_path / "book/papers").mkdir(parents=True)
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    (tmp_path / "book/papers/a.png").write_bytes(png)
    book = TinyBook(write_book(tmp_path, {"one": chapter(text)}), html_theme="sphinx_book_theme")
    assert [message for message in book.messages if "is no address that a page may lead to" in message]
    for name in ("book/papers/one.html", "index.html"):
        assert 'href="javascript' not in book.file(name)


def test_records_of_the_bibliography_lead_to_the_web(tmp_path):
    bib = BIB.replace(
        "year = {2001},", "year = {2001},\n  url = {javascript:x()},\n  note = {\\href{javascript:x()}{a}},"
    )
    folder = write_book(tmp_path, {"one": chapter("# One\n\n{cite:t}`first2001paper`\n")}, bib=bib)
    book = TinyBook(folder, exegesis_policy=True)
    assert any("'javascript:x()' is no address of a page" in message for message in book.messages)
    for path in book.app.outdir.rglob("*"):
        if path.suffix in (".html", ".xml", ".json"):
            text = path.read_text("utf-8")
            assert 'href="javascript' not in text, path
            assert '"javascript:' not in text, path


def test_a_page_that_leads_away_by_itself_is_told(tmp_path):
    front = 'myst:\n  html_meta:\n    "http-equiv=refresh": "0; url=https://example.org"\n'
    text = chapter("# One\n", FRONT.replace("jupytext:", f"{front}jupytext:"))
    book = TinyBook(write_book(tmp_path, {"one": text}))
    assert any("'http-equiv=refresh' tells browsers" in message for message in book.messages)
