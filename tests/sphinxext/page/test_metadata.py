"""What pages tell reference managers of a paper comes from its record, made clean."""

import html
import json

import pytest

from exegesis.sphinxext.page.metadata import citation_tags
from tests.catalogue.test_bibliography import RECORD, read
from tests.tiny import BIB, TinyBook, chapter, write_book


@pytest.mark.parametrize(
    ("kind", "needs", "venue", "tag"),
    [
        ("inproceedings", "booktitle = {X}", "NIPS", ("citation_conference_title", "NeurIPS")),
        ("article", "journal = {X}", "JMLR", ("citation_journal_title", "JMLR")),
        ("article", "journal = {arXiv preprint}", "arXiv", ("citation_technical_report_institution", "arXiv")),
        ("misc", "note = {X}", "CoRR", ("citation_technical_report_institution", "arXiv")),
        ("incollection", "booktitle = {X}", "A Book", ("citation_inbook_title", "A Book")),
    ],
)
def test_where_a_paper_appeared(tmp_path, kind, needs, venue, tag):
    text = RECORD.replace("inproceedings", kind).replace("booktitle = {Conference on Vision}", needs)
    found = read(tmp_path, text.replace("venue = {CVPR}", f"venue = {{{venue}}}"))
    assert found.faults == []
    tags = citation_tags(found.papers["he2016deep"])
    assert [each for each in tags if each[1] == tag[1]] == [tag]


def test_a_record_with_others_and_formulas_is_right_everywhere(tmp_path):
    bib = BIB.replace("{Last, First}", "{Last, First and others}").replace(
        "{The First Paper}", r"{$\beta$-{VAE}: learning $\mathcal{O}(n^2)$ things}"
    )
    text = "# One\n\n{cite:p}`first2001paper`.\n"
    book = TinyBook(write_book(tmp_path, {"one": chapter(text)}, bib=bib))
    assert book.messages == []
    page, title = book.page("one"), "β-VAE: learning 𝒪(n^2) things"
    assert "Last et al., 2001" in html.unescape(page).replace("\u00a0", " ")
    assert f'<meta name="citation_title" content="{title}">' in page
    assert f"First Last et al. {title}." in html.unescape(book.file("bibliography.html")).replace("\u00a0", " ")
    assert "others" not in page.partition("paper-header")[2].partition("paper-tldr")[0]
    (paper,) = json.loads(book.file("papers.json"))["papers"]
    assert (paper["title"], paper["authors"], paper["more_authors"]) == (title, ["First Last"], True)


def test_an_address_that_is_no_page_gives_no_link(tmp_path):
    bib = BIB.replace("  venue = {JT},\n", "  venue = {JT},\n  url = {javascript:alert(1)},\n", 1)
    book = TinyBook(write_book(tmp_path, {"one": chapter("# One\n\n{cite:t}`first2001paper`\n")}, bib=bib))
    assert [message.partition(";")[0] for message in book.messages] == [
        "references.bib:6: 'javascript:alert(1)' is no address of a page"
    ]
    assert "javascript:alert" not in book.page("one") + book.file("bibliography.html")
