"""A chapter says as of which commit it was verified, and with what; and says it of itself alone."""

import re

import pytest

from exegesis.revision import VARIABLE
from exegesis.sphinxext.provenance import inputs_of
from tests.tiny import FRONT, TinyBook, chapter, git, write_book

CHAPTERS = {
    "one": chapter("# One\n\n```{code-cell} python\nimport numpy\n```\n\n```{include} shared.txt\n```\n"),
    "two": chapter("# Two\n\nWords.\n", FRONT.replace("first2001paper", "second2002paper")),
}
REPOSITORY = "https://github.com/o/r"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-05-17T12:00:00Z")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    root = write_book(tmp_path / "book", CHAPTERS)
    (root / "book/papers/shared.txt").write_text("Shared.\n")
    (root / ".gitignore").write_text("_build/\n")
    return root


@pytest.fixture
def committed(root):
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


def line(book, slug):
    (found,) = re.findall('<p class="paper-verified">(.*?)</p>', book.page(slug), re.DOTALL) or [""]
    return " ".join(re.sub("<[^>]*>", "", found).split())


def build(root, **config):
    book = TinyBook(root, **config)
    assert not book.messages
    return book


def test_it_is_as_of_the_commit_and_with_what_the_cells_import(committed):
    book = build(committed, exegesis_repository=REPOSITORY)
    commit = git(committed, "rev-parse", "HEAD")
    pattern = (
        rf"Verified as of 2026-05-17, commit {commit[:7]}, with Python 3\.\d+\.\d+, numpy [\d.]+ on \S+\. Manifest"
    )
    assert re.fullmatch(pattern, line(book, "one"))
    assert line(book, "two") == f"Verified as of 2026-05-17, commit {commit[:7]}. Manifest", "nothing ran"
    assert f'href="{REPOSITORY}/commit/{commit}"' in book.page("one")
    assert 'href="../../manifest.json"' in book.page("one")


def test_a_commit_that_is_nowhere_to_be_seen_is_no_link(committed):
    page = build(committed).page("one")
    assert re.search(r"commit\s*<code>[0-9a-f]{7}</code>", page)
    assert "<a>" not in page


def test_outside_of_a_repository_it_is_with_what_alone(root):
    book = build(root)
    assert re.fullmatch(r"Run with Python \S+, numpy \S+ on \S+\. Manifest", line(book, "one"))
    assert line(book, "two") == ""


@pytest.mark.parametrize(
    ("changed", "concerned"),
    [
        ("book/papers/two.md", {"two"}),
        ("book/papers/shared.txt", {"one"}),
        ("book/papers/new.txt", set()),
        ("references.bib", {"one", "two"}),
        ("requirements.lock", {"one", "two"}),
    ],
)
def test_a_change_that_is_not_committed_is_told_where_it_may_matter(committed, changed, concerned):
    path = committed / changed
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    book = build(committed)
    for slug in ("one", "two"):
        said = "Changed since" if slug in concerned else "Verified as of"
        assert line(book, slug).startswith(f"{said} 2026-05-17, commit "), line(book, slug)


def test_a_new_commit_writes_chapters_anew_and_no_other_page(committed):
    book = build(committed)
    before = {path: path.stat().st_mtime_ns for path in book.app.outdir.rglob("*.html")}
    (committed / "notes.txt").write_text("x")
    git(committed, "add", ".")
    git(committed, "commit", "-qm", "two")
    book = build(committed)
    assert git(committed, "rev-parse", "HEAD")[:7] in line(book, "two")
    written = {path.stem for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert written - {"genindex", "search"} == {"one", "two"}


def test_a_chapter_is_made_from_its_text_what_that_takes_in_and_what_its_cells_name(root, monkeypatch):
    (root / "book/papers/data.txt").write_text("1")
    cell = "from pathlib import Path\nPath('data.txt').read_text()"
    (root / "book/papers/one.md").write_text(CHAPTERS["one"].replace("import numpy", cell))
    monkeypatch.chdir(root / "book/papers")
    book = build(root)
    papers = {f"book/papers/{name}" for name in ("one.md", "shared.txt", "data.txt")}
    assert inputs_of(book.app, "book/papers/one") == papers
    assert inputs_of(book.app, "book/papers/two") == {"book/papers/two.md"}
