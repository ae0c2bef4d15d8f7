"""A file that is a link to itself is told as one that can't be read, whatever asks for it."""

import pytest

from tests.tiny import TinyBook, chapter, write_book

FORMS = {
    "download": "{download}`it <round.txt>`",
    "from the root": "{download}`it </book/papers/round.txt>`",
    "include": "```{literalinclude} round.txt\n```",
    "picture": "![A picture](round.txt)",
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_told_at_its_page_and_the_book_is_built(tmp_path, form):
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n{FORMS[form]}\n"), "other": chapter("# Other\n")})
    (folder / "book/papers/round.txt").symlink_to("round.txt")
    book = TinyBook(folder)
    (message,) = book.messages
    assert message.startswith("book/papers/first.md:")
    assert "book/papers/round.txt" in message
    assert "<h1>Other" in book.page("other")
