"""A chapter in other forms, and where its notebook can be run."""

import re

import pytest

from exegesis.sphinxext.page.downloads import launchers
from tests.tiny import FRONT, TinyBook, chapter, write_book


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
    repository = {"exegesis_repository": "https://github.com/o/r", "exegesis_notebook_branch": "notebooks"}
    cell = "# First\n\n```{code-cell} python\n1 + 1\n```\n"
    book = TinyBook(write_book(tmp_path, {"first": chapter(cell)}), **repository)
    assert book.messages == []
    forms = re.search(r'<ul class="paper-forms".*?</ul>', book.page("first"), re.DOTALL)[0]
    files = re.findall(r'href="(\S+)" download', forms)
    assert files == ["../../_sources/book/papers/first.ipynb", "../../_sources/book/papers/first.md", "first.bib"]
    assert "@article{first2001paper" in book.file("book/papers/first.bib")
    assert book.file("_sources/book/papers/first.ipynb").startswith("{")
    assert "notebooks/first.ipynb" in forms


@pytest.mark.parametrize("front", [FRONT, re.sub("jupytext:.*?(?=keywords)", "", FRONT, flags=re.DOTALL)])
def test_a_chapter_of_words_alone_links_no_notebook(tmp_path, front):
    repository = {"exegesis_repository": "https://github.com/o/r", "exegesis_notebook_branch": "notebooks"}
    book = TinyBook(write_book(tmp_path, {"first": chapter("# First\n\nWords.\n", front)}), **repository)
    assert book.messages == []
    page = book.page("first")
    assert "paper-header" in page
    assert ".ipynb" not in page
    assert "colab" not in page.lower()
    assert not list(tmp_path.glob("_build/test/html/_sources/**/*.ipynb"))


def test_a_source_that_is_not_published_is_not_linked(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# First\n")})
    book = TinyBook(folder, html_copy_source=False)
    assert book.messages == []
    assert "Markdown source" not in book.page("first")


def test_without_a_repository_no_other_host_is_named(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter("# First\n")})).page("first")
    assert "colab" not in page.lower()
    assert "binder" not in page.lower()
