from urllib.parse import parse_qs, urlsplit

from exegesis.sphinxext.page.discussion import links
from tests.tiny import TinyBook, chapter, write_book

GISCUS = {"repo": "o/r", "repo_id": "R_1", "category": "Chapters", "category_id": "C_1"}


def page(tmp_path, **config):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# First & foremost\n")}), **config)
    assert book.messages == []
    return book.page("first")


def test_an_error_is_reported_with_the_chapter_filled_in():
    found = links("https://example.org/owner/book/", "first", "First & foremost?")
    query = parse_qs(urlsplit(found["Report an error"]).query)
    assert query == {"template": ["report-an-error.yml"], "title": ["Error in first"], "chapter": ["first"]}
    assert parse_qs(urlsplit(found["Discuss this chapter"]).query) == {"discussions_q": ["First & foremost?"]}


def test_without_a_repository_a_mail_address_does(tmp_path):
    shown = page(tmp_path, exegesis_mail="errors@example.org")
    assert '"mailto:errors@example.org?subject=Error%20in%20first%3A%20First%20%26%20foremost"' in shown
    assert "issues/new" not in shown


def test_without_either_the_page_says_whom_to_tell(tmp_path):
    shown = page(tmp_path, author="Some contributors")
    assert "Tell those who publish this book, Some contributors, with the address of this page" in shown
    assert "mailto:" not in shown


def test_the_links_stand_on_the_page(tmp_path):
    assert "report-an-error.yml&amp;title=Error+in+first" in page(
        tmp_path, exegesis_repository="https://example.org/o/r"
    )


def test_comments_wait_for_the_reader(tmp_path):
    shown = page(tmp_path, exegesis_giscus=GISCUS)
    assert 'data-repo-id="R_1"' in shown
    assert "giscus.app/client.js" not in shown
    assert '<button type="button" hidden>' in shown


def test_half_a_setting_is_told(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")}), exegesis_giscus={"repo": "o/r"})
    (message,) = book.messages
    assert "exegesis_giscus is {'repo': 'o/r'}; give repo, repo_id, category, category_id" in message
    assert "giscus" not in book.page("first")
