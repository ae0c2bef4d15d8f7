"""A chapter's line goes after the last one of its folder, and nothing else changes."""

import pytest

from exegesis.command.new.place import with_entry
from exegesis.contents import Contents, Page, read_contents

TOC = """\
# The book
format: jb-book
root: index
chapters:
  - file: one  # the first
    sections:
      - file: book/papers/a
      - file: book/papers/b
        title: The letter b
        # said otherwise

      # what comes next
  - file: two
"""


def placed(tmp_path, toc):
    for name in ("index", "one", "two", "book/papers/a", "book/papers/b", "book/papers/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.md").write_text("# A\n", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    return with_entry(toc, read_contents(tmp_path), "book/papers/c")


def test_after_the_last_of_its_folder(tmp_path):
    title = "        title: The letter b\n"
    assert placed(tmp_path, TOC) == TOC.replace(title, f"{title}      - file: book/papers/c\n")


def test_without_one_of_its_folder_at_the_end(tmp_path):
    toc = "format: jb-book\nroot: index\nchapters:\n- file: one\n- file: two\n"
    assert placed(tmp_path, toc) == f"{toc}- file: book/papers/c\n"


def test_before_the_pages_of_another_part(tmp_path):
    parts = ("- caption: A\n  chapters:\n  - file: book/papers/a\n", "- caption: B\n  chapters:\n  - file: two\n")
    toc = "format: jb-book\nroot: index\nparts:\n" + "".join(parts)
    assert placed(tmp_path, toc) == toc.replace("papers/a\n", "papers/a\n  - file: book/papers/c\n")


@pytest.mark.parametrize(
    "toc", ["format: jb-book\nroot: index\n", "format: jb-book\nroot: index\nchapters: [{file: one}]\n"]
)
def test_where_no_line_fits_nothing_is_changed(tmp_path, toc):
    assert placed(tmp_path, toc) == toc


def test_a_page_that_is_listed_stays(tmp_path):
    contents = Contents(pages={"book/papers/c": Page(tmp_path / "c.md", 3)})
    assert with_entry(TOC, contents, "book/papers/c") == TOC
