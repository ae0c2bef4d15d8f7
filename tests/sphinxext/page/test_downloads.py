"""A chapter in other forms, and where its notebook can be run."""

import re

import pytest

from exegesis.sphinxext.page.downloads import launchers
from tests.tiny import TinyBook, chapter, write_book


@pytest.mark.parametrize(
    "repository", ["https://github.com/o/r", "https://github.com/o/r/", "https://github.com/o/r.git"]
)
def test_colab_and_binder_open_the_notebook_on_its_branch(repository):
    assert launchers(repository, "notebooks", "first") == {
        "Open in Colab": "https://colab.research.google.com/github/o/r/blob/notebooks/first.ipynb",
        "Open in Binder": "https://mybinder.org/v2/gh/o/r/notebooks?urlpath=lab/tree/first.ipynb",
    }


@pytest.mark.parametrize(
    ("repository", "branch"),
    [("", "notebooks"), ("https://github.com/o/r", ""), ("https://example.org/o/r", "notebooks")],
)
def test_without_a_branch_at_github_there_is_nothing_to_open(repository, branch):
    assert launchers(repository, branch, "first") == {}


def test_the_links_of_a_chapter_lead_to_its_files(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")}), exegesis_repository="https://github.com/o/r")
    assert book.messages == []
    forms = re.search(r'<ul class="paper-forms".*?</ul>', book.page("first"), re.DOTALL)[0]
    files = re.findall(r'href="(\S+)" download', forms)
    assert files == ["../../_sources/book/papers/first.ipynb", "../../_sources/book/papers/first.md", "first.bib"]
    assert "@article{first2001paper" in book.file("book/papers/first.bib")
    assert book.file("_sources/book/papers/first.ipynb").startswith("{")
    assert "notebooks/first.ipynb" in forms


def test_without_a_repository_no_other_host_is_named(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")})).page("first")
    assert "colab" not in page.lower()
    assert "binder" not in page.lower()
