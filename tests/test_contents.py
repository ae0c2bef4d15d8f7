"""The table of contents is read with its files and lines, in all its forms."""

import pytest

from exegesis.contents import read_contents
from exegesis.text import UnreadableError

FILES = ("index.md", "about.rst", "papers/one.md", "papers/two.ipynb", "papers/.one.md", "papers/.old/three.md")
FORMS = {
    "chapters": "format: jb-book\nroot: index\nchapters:\n- file: papers/one\n- file: papers/two\n- file: about\n",
    "endings": "format: jb-book\nroot: index.md\nchapters:\n- file: papers/one.md\n- file: papers/two.ipynb\n"
    "- file: about.rst\n",
    "parts": "format: jb-book\nroot: index\nparts:\n- caption: A\n  chapters:\n  - file: papers/one\n"
    "    sections:\n    - file: papers/two\n- chapters:\n  - file: about\n  - url: https://example.org\n",
    "article": "format: jb-article\nroot: index\nsections:\n- file: papers/one\n- file: papers/two\n- file: about\n",
    "subtrees": "root: index\nsubtrees:\n- entries:\n  - file: papers/one\n    subtrees:\n    - entries:\n"
    "      - file: papers/two\n- entries:\n  - file: about\n",
    "a pattern": "root: index\nentries:\n- glob: papers/*\n- file: about\n",
    "all": "root: index\nentries:\n- glob: 'p*/**'\n- file: about\n",
    "options": "root: index\nmeta: {file: no}\ndefaults: {maxdepth: 2}\nentries:\n- {file: papers/one, title: file}\n"
    "- file: papers/two\n- file: about\n",
}


def read(folder, text):
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (folder / "_toc.yml").write_text(text, encoding="utf-8")
    return read_contents(folder)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_names_the_same_pages(tmp_path, form):
    contents = read(tmp_path, FORMS[form])
    assert contents.faults == []
    assert list(contents.pages) == ["index", "papers/one", "papers/two", "about"]
    assert [page.path.suffix for page in contents.pages.values()] == [".md", ".md", ".ipynb", ".rst"]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("file: papers/one.md", "_toc.yml:4: 'papers/one' is at line 3 too; keep one of the two entries"),
        ("glob: papers/o*", "_toc.yml:4: 'papers/one', which 'papers/o*' finds, is at line 3 too; keep one"),
        ("file: papers/three", "_toc.yml:4: there is no file for 'papers/three'; correct the name, or"),
        ("file: papers", "_toc.yml:4: there is no file for 'papers'"),
        ("file: ''", "_toc.yml:4: '' is not how a page is named"),
        ("file: ./papers/two", "_toc.yml:4: './papers/two' is not how a page is named; write 'papers/two'"),
        ("file: papers\\two.ipynb", "_toc.yml:4: 'papers\\two.ipynb' is not how a page is named; write 'papers/two'"),
        ("file: /papers/two", "_toc.yml:4: '/papers/two' is not how a page is named; write 'papers/two'"),
        ("glob: papers/x*", "_toc.yml:4: the pattern 'papers/x*' finds no page"),
        ("glob: /**", "_toc.yml:4: the pattern '/**' finds no page"),
        ("glob: ../*", "_toc.yml:4: the pattern '../*' finds no page"),
        ("file: ../one", "_toc.yml:4: '../one' is outside of the book's folder; copy the page into the book"),
        ("file: papers/../../one", "_toc.yml:4: 'papers/../../one' is outside of the book's folder"),
        (f"file: {'x' * 5000}", "_toc.yml:4: there is no file for 'xxx"),
        ("{file: papers/two, options: {nmbered: true}}", "_toc.yml:4: there is no option 'nmbered'; did you mean"),
    ],
)
def test_an_entry_that_gives_no_page_of_its_own_is_told_with_its_line(tmp_path, entry, told):
    (fault,) = read(tmp_path, f"root: index\nentries:\n- file: papers/one\n- {entry}\n").faults
    assert str(fault).startswith(told)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "toc is not a mapping; see"),
        ("- a", 1, "toc is not a mapping"),
        ("format: nothing\nroot: index", 1, "'format' key value not recognised: 'nothing'"),
        ("root: index\nentries:\n- file: papers/one\n- {}\n", 4, "entry does not contain one of 'file', 'glob', 'url'"),
        ("root: index\nentries:\n- file: papers/one\n  sections:\n  - file: x\n", 3, "Unknown keys found: 'sections'"),
        ("root: index\nparts: 3\nformat: jb-book\n", 2, "'parts' not a non-empty list"),
        ("root: index\nentries:\n- file: papers/one\n\n- file: papers/one\n", 5, "document file used multiple times"),
        ("root: index\nentries:\n- file: index\n", 3, "document file used multiple times: 'index'"),
        ("root: index\nentries:\n\t- file: x\n", 3, "the line is indented with a tab"),
        ("root: index\nroot: x\n", 2, "the key 'root' stands twice"),
        ("root: index\ndefaults: [a]\n", 1, ""),
        ("root: [index]\n", 1, ""),
        ("root: index\nentries: &a\n- file: papers/one\n  entries: *a\n", 3, "document file"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path, text, line, told):
    with pytest.raises(UnreadableError) as error:
        read(tmp_path, text)
    assert error.value.line == line
    assert str(error.value).startswith(f"_toc.yml can't be read: {told}")


def test_a_chapter_outside_is_told_with_the_line_to_add(tmp_path):
    contents = read(tmp_path, "root: index\nentries:\n- file: about\n")
    (fault,) = contents.outside(tmp_path, [tmp_path / "papers/two.ipynb"])
    assert fault.mend == "add the line '- file: papers/two' there"


def test_a_book_without_one_is_told(tmp_path):
    with pytest.raises(UnreadableError, match=r"there is no _toc\.yml"):
        read_contents(tmp_path)
