"""Which commit it is, and what differs from it: of the book's folder alone."""

import pytest

from exegesis.revision import VARIABLE, Revision, revision_of
from tests.tiny import git


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book in a folder of a repository."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-05-17T23:30:00-02:00")
    book = tmp_path / "docs"
    book.mkdir()
    for name in ("docs/a b.md", "docs/c.md", "docs/gone.md", "beside.md"):
        (tmp_path / name).write_text("one")
    (tmp_path / ".gitignore").write_text("_build/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return book


def test_a_clean_checkout_is_its_commit(book):
    found = revision_of(book)
    assert found == Revision(git(book, "rev-parse", "HEAD"), "2020-05-18", frozenset())
    assert found.clean


def test_what_differs_is_told_by_its_path_in_the_book(book):
    (book / "a b.md").write_text("two")
    (book / "gone.md").unlink()
    (book / "new.md").write_text("new")
    (book / "staged.md").write_text("new")
    (book.parent / "beside.md").write_text("two")
    (book / "_build").mkdir()
    (book / "_build/x").write_text("built")
    git(book, "add", "staged.md")
    assert revision_of(book).changed == {"a b.md", "gone.md", "new.md", "staged.md"}


def test_a_file_beside_the_book_does_not_count(book):
    (book.parent / "beside.md").write_text("two")
    assert revision_of(book).clean


def test_without_a_repository_or_a_commit_there_is_none(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision_of(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert revision_of(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert revision_of(tmp_path) is None


def test_a_copy_without_a_repository_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv(VARIABLE, f"{'a' * 40} 1589758200")
    assert revision_of(tmp_path) == Revision("a" * 40, "2020-05-17", frozenset())
    monkeypatch.setenv(VARIABLE, "main 1589758200")
    assert revision_of(tmp_path) is None
