import re

from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

HOSTILE = '<script>alert(1)</script> & "quotes" \u202eright to left 漢字 $x$'


def build(tmp_path, body="# T\n", front=FRONT, **other):
    book = TinyBook(write_book(tmp_path, {"first": chapter(body, front)}, **other))
    assert not book.messages
    return book


def test_the_header_comes_from_the_records(tmp_path):
    front = FRONT.replace("first2001paper", "second2002paper")
    page = build(tmp_path, front=front).page("first")
    header = page[page.index('class="paper-header"') : page.index("</details>")]
    words = " ".join(re.sub(r"<[^>]*>", "", header).split())
    assert "Ann Other, Bob Third" in words
    for told in ("JT 2002", "https://doi.org/10.1/second", "It is short.", "testing"):
        assert told in header
    assert 'datetime="2026-01-31"' in header
    assert "@article{second2002paper," in header
    assert page.index("<h1") < page.index('class="paper-header"') < page.index("References")


def test_the_header_counts_the_claims_by_evidence(tmp_path):
    claim = "```{{claim}} c{0}\n:evidence: quoted\n:source: p\n:why: far\nX.\n```\n\n"
    page = build(tmp_path, "# T\n\n" + claim.format(1) + claim.format(2)).page("first")
    assert re.search(r'<span class="count">2</span> quoted', page)
    assert "recomputed</a>" not in page


def test_pages_that_are_no_chapters_have_no_header(tmp_path):
    assert "paper-header" not in build(tmp_path).file("bibliography.html")


def test_what_people_write_stays_text(tmp_path):
    front = FRONT.replace("It is short.", repr(HOSTILE)).replace("Somebody", repr(HOSTILE))
    bib = BIB.replace("The First Paper", r"<script>alert(1)</script> \& {漢字}").replace(
        "Last, First", "{<b>Last</b>}, F"
    )
    page = build(tmp_path, front=front, bib=bib).page("first")
    assert "<script>alert" not in page
    assert "<b>Last" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;" in page
    assert "漢字" in page


def test_a_chapter_without_title_is_told(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("Only text.\n")}))
    assert any("the chapter has no title" in message for message in book.messages)


def test_the_closing_sections_are_in_the_table_of_contents(tmp_path):
    toc = build(tmp_path).app.env.tocs["book/papers/first"].astext()
    assert "References" in toc
