"""The files of a book in its folder, beside those of a commit; text as the book reads it."""

from exegesis.history import Commit
from exegesis.review.files import Folder, text_of
from tests.review.tiny import Texts, commit


def test_the_files_of_a_folder_are_known_as_those_of_a_commit(tmp_path):
    root = tmp_path / "shelf" / "book"
    (root / "pages").mkdir(parents=True)
    (root / "a.md").write_bytes(b"one\n")
    (root / "pages/b ü.md").write_bytes(b"\xef\xbb\xbftwo\r\n")
    (tmp_path / "elsewhere.md").write_text("not of the book")
    (root / "c.md").symlink_to(tmp_path / "elsewhere.md")
    commit(tmp_path)
    files, committed = Folder(root), Commit(root, "main")
    assert files.names() == committed.names() == ["a.md", "pages/b ü.md"]
    assert files.names("pages") == committed.names("pages") == ["pages/b ü.md"]
    assert (files.bytes("a.md"), files.bytes("none.md"), files.bytes("c.md")) == (b"one\n", None, None)
    assert text_of(files, "pages/b ü.md") == text_of(committed, "pages/b ü.md") == "two\n"


def test_text_is_read_as_the_book_reads_it():
    files = Texts({"a.md": "\ufeffone\r\ntwo"})
    assert text_of(files, "a.md") == "one\ntwo\n"
    assert text_of(files, "b.md") is None
