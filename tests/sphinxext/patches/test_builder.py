"""Pages that are read and written side by side are those of a serial build."""

import inspect

import pytest
from sphinx.builders.html import StandaloneHTMLBuilder

from exegesis.sphinxext.patches.builder import BookBuilder, _Shared
from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CHAPTERS = {
    f"c{i}": chapter(
        f"# Chapter {i}\n\n{{cite:t}}`second2002paper`, {{doc}}`c{(i + 1) % 8}`\n\n"
        f"```{{image}} ../p{i}.png\n:alt: A dot.\n```\n\n```{{code-cell}} python\n{i} * 7\n```\n",
        FRONT.replace("first2001paper", ["first2001paper", "second2002paper"][i % 2]),
    )
    for i in range(8)
}


def build(folder, parallel):
    write_book(folder, CHAPTERS, bib=BIB)
    for i in range(8):
        (folder / f"book/p{i}.png").write_bytes(bytes.fromhex("89504e470d0a1a0a") + PICTURE[: i + 40].encode())
    book = TinyBook(folder, parallel=parallel, exegesis_search=True, html_theme="sphinx_book_theme")
    assert book.messages == []
    assert isinstance(book.app.builder, BookBuilder)
    found = {path.relative_to(book.app.outdir).as_posix(): path for path in book.app.outdir.rglob("*")}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file()}


def test_two_processes_give_what_one_gives(tmp_path):
    one, two = build(tmp_path / "one", 0), build(tmp_path / "two", 2)
    assert [name for name in one if one[name] != two.get(name)] == []
    assert one.keys() == two.keys()
    assert len([name for name in two if name.startswith("_images/")]) == 8


def test_a_fault_in_a_process_is_told_once_and_the_others_go_on(tmp_path):
    broken = CHAPTERS | {"c3": CHAPTERS["c3"] + "\n{cite:t}`nobody1900none`\n"}
    folder = write_book(tmp_path, broken)
    for i in range(8):
        (folder / f"book/p{i}.png").write_bytes(b"")
    book = TinyBook(folder, parallel=2, exegesis_search=True)
    assert sum("nobody1900none" in message for message in book.messages) == 1
    assert "Chapter 7" in book.page("c7")


@pytest.mark.parametrize("items", [[], ["one"], ["one", "two", "three"]])
def test_each_item_is_taken_once(items):
    shared = _Shared(items)
    first, second = iter(shared), iter(shared)
    taken = [next(first, None), next(second, None), *first, *second]
    assert sorted(filter(None, taken)) == sorted(items)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("_read_parallel", ["docnames", "nproc"]), ("write", ["build_docnames", "updated_docnames", "method"])],
)
def test_what_is_bent_is_there(method, arguments):
    assert list(inspect.signature(getattr(StandaloneHTMLBuilder, method)).parameters) == ["self", *arguments]


def test_sphinx_asks_for_what_is_bent(tmp_path, monkeypatch):
    asked = []

    def noting(name, original):
        return lambda *arguments, **named: asked.append(name) or original(*arguments, **named)

    for name in ("_read_parallel", "write", "write_documents"):
        monkeypatch.setattr(BookBuilder, name, noting(name, getattr(BookBuilder, name)))
    TinyBook(write_book(tmp_path, {f"c{i}": chapter("# Title\n") for i in range(8)}), parallel=2)
    assert asked == ["_read_parallel", "write", "write_documents"]


def test_formatters_and_the_lexer_of_cells_are_kept(tmp_path):
    book = TinyBook(write_book(tmp_path, {"c0": chapter("# Zero\n")}))
    highlighter = book.app.builder.highlighter
    assert highlighter.get_formatter() is highlighter.get_formatter()
    assert "self.get_formatter(" in inspect.getsource(type(highlighter).highlight_block)
