"""What of a branch is taken: pages and records, as data."""

import os

import pytest

from exegesis.sandbox import UnknownBranchError, gather, unpack
from exegesis.sandbox import branch as branch_module
from tests.tiny import git

CONTENT = {"book", "references.bib", "_toc.yml"}


def put(root, **files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path):
    """A book on its branch main, with a branch `theirs` that changes everything."""
    root = tmp_path / "root"
    root.mkdir()
    ours = {
        "book/a.md": "ours",
        "references.bib": "ours",
        "_toc.yml": "ours",
        "_config.yml": "ours",
        "Makefile": "ours",
    }
    put(root, **ours, **{".gitignore": "/_build/\n", "tests/conftest.py": "ours"})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "ours", "--date", "2026-01-01T00:00:00Z")
    git(root, "checkout", "-qb", "theirs")
    put(root, **dict.fromkeys([*ours, "tests/conftest.py", "book/b.md"], "theirs"), **{"new.py": "theirs"})
    (root / "book/link.md").symlink_to("/etc/passwd")
    git(root, "add", ".")
    git(root, "commit", "-qm", "theirs")
    git(root, "checkout", "-q", "main")
    put(root, **{"_build/html/index.html": "built", "book/draft.md": "ours"})
    return root


def test_content_is_the_branchs_and_all_else_is_ours(root, tmp_path):
    gathered = gather(root, tmp_path / "copy", CONTENT, "theirs")
    files = written(tmp_path / "copy")
    theirs = {"book/a.md", "book/b.md", "references.bib", "_toc.yml"}
    assert {name for name, text in files.items() if text == "theirs"} == theirs
    assert files.keys() == theirs | {"_config.yml", "Makefile", "tests/conftest.py", ".gitignore"}
    assert gathered.unused == ["Makefile", "_config.yml", "book/link.md", "new.py", "tests/conftest.py"]
    assert len(gathered.commit) == 40
    assert gathered.date.isdecimal()


def test_what_was_changed_here_since_is_no_change_of_the_branch(root, tmp_path):
    put(root, Makefile="newer", **{"newer.py": "newer"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "newer")
    assert "newer.py" not in gather(root, tmp_path / "copy", CONTENT, "theirs").unused
    assert written(tmp_path / "copy")["Makefile"] == "newer"


def test_without_a_branch_the_files_are_taken_as_they_are(root, tmp_path):
    gathered = gather(root, tmp_path / "copy", CONTENT)
    assert written(tmp_path / "copy")["book/draft.md"] == "ours"
    assert not (tmp_path / "copy/_build").exists()
    assert (gathered.commit, gathered.unused) == ("", [])


def test_a_book_outside_of_git_is_taken_without_what_is_hidden(tmp_path):
    names = ["book/a.md", ".env", ".git-not/x", "_build/html/index.html", "env/pyvenv.cfg", "env/lib/x.py"]
    put(tmp_path / "root", **dict.fromkeys(names, "x"))
    (tmp_path / "root/book/link.md").symlink_to("/etc/passwd")
    assert gather(tmp_path / "root", tmp_path / "copy", CONTENT).date == ""
    assert list(written(tmp_path / "copy")) == ["book/a.md"]
    with pytest.raises(UnknownBranchError, match="git knows no branch"):
        gather(tmp_path / "root", tmp_path / "other", CONTENT, "theirs")


def test_a_book_in_a_folder_of_its_repository(root, tmp_path):
    git(root, "checkout", "-q", "theirs")
    put(root, **{"inner/book/a.md": "theirs", "inner/_config.yml": "theirs"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "inner")
    git(root, "checkout", "-q", "main")
    put(root, **{"inner/_config.yml": "ours"})
    gathered = gather(root / "inner", tmp_path / "copy", CONTENT, "theirs")
    assert written(tmp_path / "copy") == {"_config.yml": "ours", "book/a.md": "theirs"}
    assert gathered.unused == ["_config.yml"]


@pytest.mark.parametrize("name", ["", "nowhere", "--output=made", "-h", "main:book", "HEAD^{tree}", "theirs..main"])
def test_what_is_no_branch_is_told(root, tmp_path, name):
    with pytest.raises(UnknownBranchError, match="git knows no branch"):
        gather(root, tmp_path / "copy", CONTENT, name)
    assert not (root / "made").exists()


def test_a_branch_that_is_too_large_is_told(root, tmp_path, monkeypatch):
    monkeypatch.setattr(branch_module, "_MOST", 10)
    with pytest.raises(UnknownBranchError, match="take 0 MB, more than 0 MB"):
        gather(root, tmp_path / "copy", CONTENT, "theirs")


def test_filters_and_hooks_of_the_branch_are_not_followed(root, tmp_path):
    git(root, "config", "filter.evil.smudge", f"touch {tmp_path / 'made'}; cat")
    git(root, "checkout", "-q", "theirs")
    put(
        root, **{".gitattributes": "*.md filter=evil\nreferences.bib export-ignore\n", "book/.gitattributes": "* -text"}
    )
    git(root, "add", ".")
    git(root, "commit", "-qm", "filtered")
    git(root, "checkout", "-q", "main")
    (tmp_path / "made").unlink(missing_ok=True)
    gather(root, tmp_path / "copy", CONTENT, "theirs")
    assert not (tmp_path / "made").exists()
    assert written(tmp_path / "copy")["references.bib"] == "theirs"


def test_names_of_any_kind(root, tmp_path):
    git(root, "checkout", "-q", "theirs")
    put(root, **{"book/a b.md": "theirs", "book/ü\n.md": "theirs", 'book/".md': "theirs"})
    put(root, **{f"book/{os.fsdecode(bytes([255]))}.md": "theirs"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "names")
    git(root, "checkout", "-q", "main")
    gather(root, tmp_path / "copy", CONTENT, "theirs")
    assert {"book/a b.md", "book/ü\n.md", 'book/".md', f"book/{os.fsdecode(bytes([255]))}.md"} <= written(
        tmp_path / "copy"
    ).keys()


def test_a_commit_is_unpacked_as_git_has_it_whatever_attributes_say(root, tmp_path):
    git(root, "checkout", "-q", "theirs")
    put(root, **{".gitattributes": "*.md export-ignore text eol=crlf\n", "book/a.md": "theirs\n"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "more")
    commit = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "main")
    unpacked = unpack(root, tmp_path / "copy", commit)
    assert (unpacked.commit, unpacked.unused) == (commit, ["book/link.md"])
    assert unpacked.date == git(root, "log", "-1", "--format=%ct", commit)
    names = set(git(root, "ls-tree", "-r", "--name-only", commit).split()) - {"book/link.md"}
    assert written(tmp_path / "copy").keys() == names
    assert (tmp_path / "copy/book/a.md").read_bytes() == b"theirs\n"
    with pytest.raises(UnknownBranchError, match="git knows no commit 0000"):
        unpack(root, tmp_path / "none", "0" * 40)
