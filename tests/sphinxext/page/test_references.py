import re

from tests.tiny import FRONT, TinyBook, chapter, write_book

CITING = "# T\n\nAs {cite:t}`second2002paper` show {cite:p}`first2001paper`.\n"


def test_a_chapter_lists_what_it_cites_and_its_citations_point_there(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter(CITING)}))
    page = book.page("first")
    assert not book.messages
    assert re.findall(r'<li id="(cite-\w+)"', page) == ["cite-first2001paper", "cite-second2002paper"]
    assert page.count('href="#cite-second2002paper"') == 1
    assert "#ref-" not in page


def test_one_bibliography_has_them_all_under_stable_anchors(tmp_path):
    one, other = CITING.replace(" {cite:p}`first2001paper`", ""), "# O\n\n{cite:t}`first2001paper`\n"
    page = TinyBook(write_book(tmp_path, {"one": chapter(one), "other": chapter(other)})).file("bibliography.html")
    assert re.findall(r'id="(ref-\w+)"', page) == ["ref-first2001paper", "ref-second2002paper"]


def test_a_cited_paper_with_a_chapter_of_its_own_is_linked(tmp_path):
    second = chapter("# Second\n", FRONT.replace("first2001paper", "second2002paper"))
    book = TinyBook(write_book(tmp_path, {"first": chapter(CITING), "second": second}))
    assert not book.messages
    references = book.page("first").split('id="references"')[1]
    assert re.findall(r'class="in-this-book[^"]*" href="([^"]*)"', references) == ["second.html"]


def test_see_also_is_what_to_read_next(tmp_path):
    front = FRONT.replace("tldr:", "see_also: [second2002paper]\ntldr:")
    second = chapter("# Second\n", FRONT.replace("first2001paper", "second2002paper"))
    page = TinyBook(write_book(tmp_path, {"first": chapter("# T\n", front), "second": second})).page("first")
    after = page[page.index("Read next") :]
    assert "Other and Third (2002)" in after
    assert 'href="second.html"' in after


def test_a_chapter_that_cites_nothing_says_so(tmp_path):
    assert "cites nothing" in TinyBook(write_book(tmp_path, {"first": chapter("# T\n")})).page("first")
