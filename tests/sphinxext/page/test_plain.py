"""Every builder of Sphinx writes a book without a warning, and a claim keeps its words in each."""

import xml.etree.ElementTree
import zipfile

import pytest

from tests.tiny import TinyBook, chapter, write_book

CLAIMING = chapter(
    """\
    # First

    The area is $a^2$, which we cite from {cite:t}`second2002paper`.

    ```{code-cell} python
    :claim: layers

    {"deep": len(range(155))}
    ```

    ```{claim} layers
    :evidence: recomputed
    :source: Section 3
    :check: deep = 155
    The *deep* net has 155 layers.
    ```

    ```{claim} scale
    :evidence: quoted
    :source: Table 4
    :why: needs the data set
    It works on a million pictures.
    ```
    """
)
FORMATS = {
    "text": "txt",
    "latex": "tex",
    "xml": "xml",
    "epub": "xhtml",
    "singlehtml": "html",
    "man": "1",
    "texinfo": "texi",
}


def build(folder, builder, **config):
    write_book(folder, {"first": CLAIMING})
    (folder / "index.md").write_text(
        (folder / "index.md").read_text("utf-8") + "\n```{listing} gallery\n```\n\n```{listing} claims\n```\n", "utf-8"
    )
    book = TinyBook(folder, builder=builder, exegesis_search=True, **config)
    assert book.messages == []
    return book


@pytest.mark.parametrize("theme", ["basic", "sphinx_book_theme"])
@pytest.mark.parametrize("builder", FORMATS)
def test_a_claim_keeps_its_words(tmp_path, builder, theme):
    if theme != "basic" and builder not in ("epub", "singlehtml"):
        pytest.skip("no other format has to do with the theme")
    options = {"version": "1", "epub_copyright": "x", "language": "en"} if builder == "epub" else {}
    book = build(tmp_path, builder, html_theme=theme, **options)
    written = [path.read_text("utf-8") for path in sorted(book.app.outdir.rglob(f"*.{FORMATS[builder]}"))]
    text = " ".join("\n".join(written).split())
    for words in ("net has 155 layers", "deep = 155", "this book computes 155", "it holds", "Why: needs the data set"):
        assert words in text
    assert "Related papers" in text


@pytest.mark.parametrize("theme", ["basic", "sphinx_book_theme"])
def test_a_site_with_other_addresses_has_the_cards(tmp_path, theme):
    book = build(tmp_path, "dirhtml", html_theme=theme)
    assert 'class="claim-checks"' in book.file("book/papers/first/index.html")


def test_an_epub_is_whole(tmp_path):
    book = build(tmp_path, "epub", version="1", epub_copyright="x", language="en")
    (path,) = book.app.outdir.glob("*.epub")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith(".xhtml"):
                xml.etree.ElementTree.fromstring(archive.read(name))
    assert "papers.json" not in " ".join(names)


def test_an_exercise_keeps_all_its_parts(tmp_path):
    body = """\
    # First

    ```{exercise} adding
    :title: Add them up
    :check: total = 6 (the sum of all)
    :hints: |
      - In pairs.
    What is their sum?
    ```

    ```{code-cell} python
    :starter: adding

    {"total": len([1, 2, 3])}
    ```

    ```{code-cell} python
    :solution: adding

    {"total": sum([1, 2, 3])}
    ```

    ```{solution} adding
    One after the other.
    ```
    """
    book = TinyBook(write_book(tmp_path, {"first": chapter(body)}), builder="text")
    assert book.messages == []
    text = (tmp_path / "_build/test/text/book/papers/first.txt").read_text("utf-8")
    order = ["Exercise 1. Add them up", "What is their sum?", "len([1, 2, 3])", "total = 6 (the sum of all)"]
    order += ["Hint:", "In pairs.", "Solution:", "sum([1, 2, 3])", "One after the other."]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
