"""A chapter that was renamed leaves a page at its former address."""

import pytest

from exegesis.sphinxext.page.policy import digest
from tests.tiny import FRONT, TinyBook, chapter, write_book

RENAMED = FRONT.replace("jupytext:", "formerly: [first, very-first]\njupytext:")
OLD = "book/papers/first.html"


def build(folder, front=RENAMED, slug="one", **options):
    for old in (folder / "book/papers").glob("*.md"):
        old.unlink()
    book = TinyBook(write_book(folder, {slug: chapter("# One & all\n", front)}), **options)
    assert book.messages == []
    return book


def test_the_former_address_leads_to_the_new_one_with_the_place(tmp_path):
    book = build(tmp_path, html_baseurl="https://example.org/book/")
    for name in (OLD, "book/papers/very-first.html"):
        page = book.file(name)
        assert '<meta http-equiv="refresh" content="0; url=one.html">' in page
        assert '<link rel="canonical" href="https://example.org/book/book/papers/one.html">' in page
        assert 'location.replace("one.html" + location.hash)' in page
        assert digest('location.replace("one.html" + location.hash);') in page
        assert '<a href="one.html">' in page
        assert "<title>One &amp; all</title>" in page
    assert "first" not in book.file("sitemap.xml")


def test_a_folder_of_its_own_has_one_too(tmp_path):
    page = build(tmp_path, builder="dirhtml").file("book/papers/first/index.html")
    assert "url=../one/" in page


def test_a_chapter_that_is_renamed_leaves_one_and_it_goes_with_the_line(tmp_path):
    assert 'http-equiv="refresh"' not in build(tmp_path, FRONT, "first").file(OLD)
    assert 'http-equiv="refresh"' in build(tmp_path).file(OLD)
    assert not (build(tmp_path, FRONT).app.outdir / OLD).exists()
    build(tmp_path)
    assert 'http-equiv="refresh"' not in build(tmp_path, FRONT, "first").file(OLD)


@pytest.mark.parametrize(
    ("chapters", "told"),
    [
        ({"one": RENAMED, "first": FRONT}, "'first' is the name of a chapter"),
        ({"one": RENAMED, "two": RENAMED}, "'first' was the name of book/papers/one.md too"),
        ({"one": FRONT.replace("jupytext:", "formerly: [No Slug]\njupytext:")}, "'formerly' is not right"),
    ],
)
def test_what_would_lead_to_two_places_is_told(tmp_path, chapters, told):
    write_book(tmp_path, {slug: chapter(f"# {slug}\n", front) for slug, front in chapters.items()})
    assert any(told in message for message in TinyBook(tmp_path).messages)
