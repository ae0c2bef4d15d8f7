"""A page is a file of the book, once, of a name of its own."""

import pytest

from tests.tiny import TinyBook, chapter, write_book

PAGE = "---\norphan: true\n---\n# T\n"


@pytest.mark.parametrize(
    ("name", "target", "told"),
    [
        ("link.md", "../other.md", "link.md:1: the page 'link' leads out of the book's folder by a link"),
        ("link.md", "page.md", "page.md:1: the page 'page' is 'link' once more, by a link"),
        ("Page.md", None, "page.md:1: the page 'page' has the name of 'Page' but for capitals"),
    ],
)
def test_a_page_that_is_none_of_the_book_is_told(tmp_path, name, target, told):
    (tmp_path / "other.md").write_text(PAGE)
    folder = write_book(tmp_path / "book", {"first": chapter("# T\n")})
    (folder / "page.md").write_text(PAGE)
    if target:
        (folder / name).symlink_to(target)
    else:
        (folder / name).write_text(PAGE)
    messages = TinyBook(folder).messages
    assert len(messages) == 1
    assert messages[0].startswith(told)


def test_a_book_behind_a_link_is_a_book(tmp_path):
    folder = write_book(tmp_path / "real", {"first": chapter("# T\n")})
    (tmp_path / "link").symlink_to(folder)
    (folder / "a page.md").write_text(PAGE)
    assert TinyBook(tmp_path / "link").messages == []
