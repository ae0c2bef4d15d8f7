"""An incremental build equals a clean one, whatever was changed."""

import shutil

import pytest
from sphinx.builders.html import _assets

from exegesis.sphinxext import env_version, theme
from tests.tiny import BIB, CONF, FRONT, TinyBook, chapter, write_book

CHAPTERS = {
    "one": chapter("# One\n\n(here)=\n## Here\n\n{cite:t}`second2002paper`, {ref}`there`.\n"),
    "two": chapter(
        "# Two\n\n(there)=\n## There\n\n$x$\n\n```{code-cell} python\n1 + 1\n```\n",
        FRONT.replace("first2001paper", "second2002paper"),
    ),
    "three": chapter("# Three\n\n{doc}`two`\n", FRONT.replace("tldr:", "see_also: [second2002paper]\ntldr:")),
}
CHANGES = {
    "nothing": lambda files: files,
    "a paragraph": lambda files: files | {"one": files["one"] + "\nMore.\n"},
    "a title": lambda files: files | {"two": files["two"].replace("# Two", "# Zwei", 1)},
    "a section": lambda files: files | {"two": files["two"].replace("## There", "## Dort")},
    "a citation": lambda files: files | {"three": files["three"] + "\n{cite:p}`first2001paper`\n"},
    "a tldr": lambda files: files | {"one": files["one"].replace("It is short.", "It is shorter.")},
    "another chapter": lambda files: (
        files | {"four": chapter("# Four\n", FRONT.replace("first2001paper", "second2002paper"))}
    ),
    "its code": lambda files: (
        files
        | {"two": chapter("# Two\n\n(there)=\n## There\n\n$x$\n", FRONT.replace("first2001paper", "second2002paper"))}
    ),
    "a chapter less": lambda files: {name: text for name, text in files.items() if name != "three"},
}


def pages(folder):
    site = folder / "_build/test/html"
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


def files(folder):
    """All that a reader could get."""
    site = folder / "_build/test/html"
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def build(folder, chapters, **other):
    shutil.rmtree(folder / "book", ignore_errors=True)
    book = TinyBook(write_book(folder, chapters, **other), html_theme="sphinx_book_theme")
    assert not book.messages


def assert_same(tmp_path, chapters, changed, **other):
    build(tmp_path / "incremental", chapters)
    build(tmp_path / "incremental", changed, **other)
    build(tmp_path / "clean", changed, **other)
    incremental, clean = files(tmp_path / "incremental"), files(tmp_path / "clean")
    assert incremental.keys() == clean.keys()
    assert {name for name in clean if incremental[name] != clean[name]} == set()


FEW = ("nothing", "a title", "a citation", "another chapter")  # the rows that reach furthest


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in FEW else pytest.mark.slow) for what in CHANGES]
)
def test_after_a_change_to_chapters(tmp_path, what):
    assert_same(tmp_path, CHAPTERS, CHANGES[what](CHAPTERS))


NEW_RECORD = "@article{a1999new,\n author={New, N}, title={New}, journal={J}, venue={J}, year={1999}}\n\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The Second Paper", "The Second Paper, Corrected"),
        pytest.param("Other, Ann", "Another, Ann", marks=pytest.mark.slow),
        pytest.param("  doi = {10.1/second},\n", "", marks=pytest.mark.slow),
        ("@article{second", NEW_RECORD + "@article{second"),
    ],
)
def test_after_a_change_to_the_records(tmp_path, old, new):
    assert_same(tmp_path, CHAPTERS, CHAPTERS, bib=BIB.replace(old, new))


def written(folder):
    """Build again; return the documents whose pages were written, in their order."""
    site = folder / "_build/test/html"
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*.html")}
    assert not TinyBook(folder, html_theme="sphinx_book_theme").messages
    times = {path: path.stat().st_mtime_ns for path in before}
    new = sorted((path for path in before if times[path] != before[path]), key=times.__getitem__)
    return [path.stem for path in new if path.stem not in ("genindex", "search")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("There is", "There was", ["two"]),
        ("## There", "## Dort", ["two", "one", "index"]),  # linked from the one, listed by the other
        ("# Two", "# Zwei", ["two", "bibliography", "one", "three", "index"]),
    ],
)
def test_only_pages_that_show_a_change_are_written_and_the_edited_one_first(tmp_path, old, new, expected):
    chapters = CHAPTERS | {"two": CHAPTERS["two"] + "\nThere is something.\n"}
    build(tmp_path, chapters)
    if expected:
        path = tmp_path / "book/papers/two.md"
        path.write_text(chapters["two"].replace(old, new), encoding="utf-8")
    assert written(tmp_path) == expected


def test_reading_and_writing_in_parallel_give_the_same_pages(tmp_path):
    many = {f"c{i}": CHAPTERS["three"].replace("Three", f"Chapter {i}") for i in range(8)} | CHAPTERS
    for folder, parallel in (("one", 0), ("two", 2)):
        book = TinyBook(write_book(tmp_path / folder, many), parallel=parallel)
        assert not book.messages
    assert pages(tmp_path / "one") == pages(tmp_path / "two")


def test_a_change_to_the_look_reaches_the_site(tmp_path, monkeypatch):
    folder = shutil.copytree(theme.FOLDER, tmp_path / "theme")
    monkeypatch.setattr(theme, "FOLDER", folder)
    monkeypatch.setattr(env_version, "FOLDER", folder)
    build(tmp_path, CHAPTERS)
    before = pages(tmp_path)["book/papers/one.html"]
    (folder / "static" / "exegesis.css").write_text("p { color: red }", encoding="utf-8")
    env_version._number_of.cache_clear()
    if kept := getattr(_assets, "_file_checksum_inner", None):  # from Sphinx 8.2 on, as long as the process lives
        kept.cache_clear()
    # Not written again: a page whose file is newer would be read anew whatever the look is.
    assert not TinyBook(tmp_path, html_theme="sphinx_book_theme").messages
    assert (tmp_path / "_build/test/html/_static/exegesis.css").read_text(encoding="utf-8") == "p { color: red }"
    assert pages(tmp_path)["book/papers/one.html"] != before, "it names the sheet with its checksum"


PICTURE = "![A square.](square.png)\n"
EXTENSION = """
def write(app, doctree, docname):
    from pathlib import Path
    folder = Path(app.outdir, "_images")
    folder.mkdir(exist_ok=True)
    (folder / "graphviz-1.png").write_bytes(b"drawn")

def setup(app):
    app.connect("doctree-resolved", write)
"""


def test_pictures_that_went_are_removed_and_those_of_other_extensions_stay(tmp_path):
    def images(text):
        write_book(tmp_path, {"one": chapter("# One\n\n" + text)})
        (tmp_path / "book/papers/square.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        conf = CONF.replace('"exegesis.sphinxext"]', '"exegesis.sphinxext", "drawing"]')
        (tmp_path / "conf.py").write_text(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{conf}", "utf-8")
        (tmp_path / "drawing.py").write_text(EXTENSION, "utf-8")
        assert TinyBook(tmp_path).messages == []
        return sorted(path.name for path in (tmp_path / "_build/test/html/_images").iterdir())

    assert images(PICTURE) == ["graphviz-1.png", "square.png"]
    assert images(PICTURE) == ["graphviz-1.png", "square.png"]
    assert images("No picture.\n") == ["graphviz-1.png"]


TOC = """\
root: index
entries:
- file: bibliography
  entries:
  - file: book/papers/one
    title: {title}
  - file: book/papers/two
  - file: book/papers/three
"""


def test_a_title_in_the_table_of_contents_reaches_the_sidebars(tmp_path):
    def build_with(folder, title):
        write_book(folder, CHAPTERS)
        (folder / "index.md").write_text("# Tiny\n", encoding="utf-8")
        (folder / "_toc.yml").write_text(TOC.format(title=title), encoding="utf-8")
        extensions = ["sphinx_external_toc", "myst_nb", "sphinxcontrib.bibtex", "exegesis.sphinxext"]
        book = TinyBook(folder, html_theme="sphinx_book_theme", extensions=extensions)
        assert not book.messages

    build_with(tmp_path / "incremental", "Long and winding")
    build_with(tmp_path / "incremental", "Short")
    build_with(tmp_path / "clean", "Short")
    assert "Short" in pages(tmp_path / "clean")["book/papers/two.html"]
    assert pages(tmp_path / "incremental") == pages(tmp_path / "clean")
