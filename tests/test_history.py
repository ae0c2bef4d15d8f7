"""A commit is read as data: its files, and where two branches parted; what git can't tell is told in a line."""

import subprocess

import pytest

from exegesis.history import Commit, RevisionError, changed_files, merge_base
from tests.review.tiny import commit, git


@pytest.fixture
def book(tmp_path):
    """A book in a folder of a repository, with a branch."""
    root = tmp_path / "shelf" / "book"
    root.mkdir(parents=True)
    (root / "a.md").write_bytes(b"one\n")
    (root / "pages").mkdir()
    (root / "pages/b ü.md").write_bytes(b"\xef\xbb\xbftwo\r\n")
    (tmp_path / "elsewhere.md").write_text("not of the book")
    commit(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "branch")
    (root / "a.md").write_bytes(b"changed\n")
    commit(tmp_path)
    return root


def test_the_files_of_a_commit(book):
    files = Commit(book, "main")
    assert files.names() == ["a.md", "pages/b ü.md"]
    assert files.names("pages") == ["pages/b ü.md"]
    assert (files.bytes("a.md"), files.bytes("none.md")) == (b"one\n", None)
    assert dict(files.contents(["pages/b ü.md", "none.md", "a.md"])).keys() == {"pages/b ü.md", "a.md"}
    assert files.size(["a.md", "none.md"]) == len("one\n")
    assert files.date.isdecimal()


def test_what_differs_between_two_commits(book):
    (book / "new.md").write_text("new")
    (book / "pages/b ü.md").unlink()
    (book.parents[1] / "elsewhere.md").write_text("changed, and not of the book")
    commit(book.parents[1])
    assert changed_files(book, "main") == [("M", "a.md"), ("A", "new.md"), ("D", "pages/b ü.md")]
    assert changed_files(book, "main", "main") == []


def test_where_two_branches_parted(book):
    base = git(book, "rev-parse", "main")
    git(book, "switch", "--quiet", "main")
    (book / "a.md").write_text("main went on\n")
    commit(book.parents[1])
    git(book, "switch", "--quiet", "branch")
    assert merge_base(book, "main") == base
    assert Commit(book, base).bytes("a.md") == b"one\n"


def test_links_are_no_files(book):
    (book / "c.md").symlink_to(book.parents[1] / "elsewhere.md")
    commit(book.parents[1])
    files = Commit(book, "branch")
    assert (files.bytes("c.md"), files.no_files(), "c.md" in files.names()) == (None, ["c.md"], False)


def test_a_path_that_leads_out_of_the_book_is_no_file(book):
    """git makes no such tree, but whoever writes one by hand can have it fetched."""
    tree = git(book, "rev-parse", "branch:shelf")
    for name in ("..", "book", "shelf"):
        tree = _tree(book, f"40000 {name}\0".encode() + bytes.fromhex(tree))
    files = Commit(book, git(book, "commit-tree", "-m", "evil", tree))
    assert files.names() == []
    assert files.no_files() == ["../book/a.md", "../book/pages/b ü.md"]


def _tree(book, data):
    command = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    return subprocess.run(command, cwd=book, input=data, capture_output=True, check=True).stdout.decode().strip()


def test_programs_of_the_repository_are_not_run(book):
    git(book, "config", "diff.loud.textconv", "touch ran; cat")
    git(book, "config", "filter.loud.smudge", "touch ran; cat")
    (book / ".gitattributes").write_text("*.md diff=loud filter=loud\n")
    commit(book.parents[1])
    Commit(book, "branch").bytes("a.md")
    assert not list(book.parents[1].rglob("ran"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mian", "git knows no commit 'mian'; did you mean 'main'?"),
        ("--since=yesterday", "git knows no commit '--since=yesterday'; there are branch, main"),
    ],
)
def test_a_commit_that_there_is_not(book, name, told):
    with pytest.raises(RevisionError) as raised:
        Commit(book, name)
    assert str(raised.value) == told
    with pytest.raises(RevisionError, match="git knows no commit"):
        merge_base(book, name)


def test_a_folder_without_a_repository(tmp_path):
    with pytest.raises(RevisionError, match="is in no git repository"):
        Commit(tmp_path, "main")


def test_branches_that_have_nothing_in_common(book):
    git(book, "switch", "--quiet", "--orphan", "other")
    git(book, "commit", "--quiet", "--allow-empty", "--message", "Another beginning")
    with pytest.raises(RevisionError, match="have no commit in common; fetch the whole history"):
        merge_base(book, "main")


def test_a_machine_without_git(book, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RevisionError, match="git can't be run"):
        merge_base(book, "main")
