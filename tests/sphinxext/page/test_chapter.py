import json
import re

import pytest

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
    book = TinyBook(write_book(tmp_path, {"first": chapter("# T\n", front)}, bib=bib))
    assert {message.rpartition("; ")[2] for message in book.messages} == {"write it in plain words and characters"}
    page = book.page("first")
    assert "<script>alert" not in page
    assert "<b>Last" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;" in page
    assert "漢字" in page


def test_a_chapter_without_title_is_told(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("Only text.\n")}))
    assert any("the chapter has no title" in message for message in book.messages)


@pytest.mark.parametrize("text", ["#\n\nText.\n", "Text.\n"])
def test_a_title_that_says_nothing_is_none(tmp_path, text):
    messages = TinyBook(write_book(tmp_path, {"first": chapter(text)})).messages
    assert any("the chapter has no title" in message for message in messages)
    assert not any("leads nowhere" in message for message in messages)


def test_a_second_title_is_told(tmp_path):
    (fault,) = TinyBook(write_book(tmp_path, {"first": chapter("# T\n\n## In short\n\n# More\n")})).faults.faults
    assert str(fault).startswith("book/papers/first.md:21: 'More' is a second title")


def test_a_fault_of_the_record_is_told_alone(tmp_path):
    """Without a record a chapter has no header and no notebook to take away; that is not told too."""
    text = "# T\n\n```{code-cell} python\n1\n```\n"
    folder = write_book(tmp_path, {"first": chapter(text)}, bib=BIB.replace("{Last, First}", "{Last*, First}"))
    (message,) = TinyBook(folder).messages
    assert message.startswith("references.bib:2: 'author'")


def test_the_closing_sections_are_in_the_table_of_contents(tmp_path):
    toc = build(tmp_path).app.env.tocs["book/papers/first"].astext()
    assert "References" in toc


CHANGED = FRONT.replace('date: "20', 'changes: {"2026-03-01": "the <bound> was wrong"}\ndate: "20')


def test_the_header_says_what_changed(tmp_path):
    page = build(tmp_path, front=CHANGED).page("first")
    line = " ".join(re.sub(r"<[^>]*>", "", page[page.index('class="paper-summary"') + 22 :].split("</p>")[0]).split())
    assert line == "Written by Somebody, 2026-01-31, last changed 2026-03-01: the &lt;bound&gt; was wrong"
    assert "2026-01-31, changed 2026-03-01" in page, "so does its BibTeX record"


def test_a_summary_that_never_changed_says_nothing_of_it(tmp_path):
    assert "changed" not in build(tmp_path).page("first")


def test_machines_get_the_date_of_the_last_change(tmp_path):
    book = build(tmp_path, front=CHANGED)
    assert book.file("feed.xml").count("<updated>2026-03-01T00:00:00Z</updated>") == 2
    assert "<lastmod>2026-03-01</lastmod>" in book.file("sitemap.xml")
    assert '"dateModified": "2026-03-01"' in book.page("first")
    (paper,) = json.loads(book.file("papers.json"))["papers"]
    assert (paper["summaries"][0]["date"], paper["summaries"][0]["updated"]) == ("2026-01-31", "2026-03-01")


def test_the_header_counts_the_related_papers(tmp_path):
    second = chapter("# Second\n\n{cite:t}`first2001paper`\n", FRONT.replace("first2001paper", "second2002paper"))
    book = TinyBook(write_book(tmp_path, {"first": chapter("# T\n"), "second": second}))
    assert re.search(r'href="#related-papers">cited by <span class="count">1</span>', book.page("first"))
    assert "builds on" not in book.page("first")
    assert re.search(r'href="#related-papers">builds on <span class="count">1</span>', book.page("second"))
