"""A picture stands in the page with the page's colours; what it may not have is told with file and line."""

import re
from pathlib import Path

import pytest

from exegesis.contract import RULES
from exegesis.picture import CLASSES
from tests.contract.tiny import told
from tests.sphinxext.page.test_plain import FORMATS
from tests.tiny import FRONT, TinyBook, chapter, write_book

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 80">
  <rect class="box accent" x="10" y="10" width="80" height="40"/>
  <path class="arrow" d="M90 30H200"/>
  <text x="50" y="34">layer</text>
</svg>
"""
DRAWN = """\
```{picture} block.svg
:name: fig-first-block
:alt: A box from which an arrow leads on.

The *block*.
```
"""
BODY = f"# Title\n\nAs {{numref}}`fig-first-block` shows.\n\n{DRAWN}\n"


def build(folder, body=BODY, svg=SVG, **options):
    write_book(folder, {"first": chapter(body)})
    if svg is not None:
        (folder / "book/papers/block.svg").write_text(svg, encoding="utf-8")
    return TinyBook(folder, **options)


def test_it_is_a_figure_with_number_caption_and_words(tmp_path):
    book = build(tmp_path)
    assert book.messages == []
    page = book.page("first")
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert 'id="fig-first-block"' in figure
    assert 'role="img" aria-label="A box from which' in figure
    assert "Fig. 1" in figure
    assert "The <em>block</em>." in figure
    assert 'href="#fig-first-block"' in page
    assert 'marker-end="url(#picture-fig-first-block-arrow)"' in figure
    assert "pictures.css" in page


def test_a_page_without_one_loads_no_style_for_it(tmp_path):
    assert "pictures.css" not in build(tmp_path, "# Title\n").page("first")


def test_two_of_them_on_a_page_share_no_name(tmp_path):
    page = build(tmp_path, BODY + DRAWN.replace("fig-first-block", "fig-first-again")).page("first")
    assert page.count('id="picture-fig-first-block-arrow"') == 1
    assert page.count('id="picture-fig-first-again-arrow"') == 1


@pytest.mark.parametrize(
    ("svg", "what"),
    [
        (SVG.replace("<text", "<script"), "block.svg, line 4: it has <script>"),
        (None, "there is no picture 'block.svg'"),
        ("<svg", "block.svg, line 1: it is no SVG"),
    ],
)
def test_what_a_page_may_not_have_is_told_until_it_is_mended(tmp_path, svg, what):
    line = (FRONT + "\n" + BODY).splitlines().index("```{picture} block.svg") + 1
    for _ in range(2):
        told = [message for message in build(tmp_path, svg=svg).messages if "block" in message]
        assert f"book/papers/first.md:{line}: {what}" in told[0]
    assert build(tmp_path).messages == []


def test_it_is_read_again_when_the_file_changes(tmp_path):
    build(tmp_path)
    assert "other" in build(tmp_path, svg=SVG.replace("layer", "other words")).page("first")


def test_words_that_describe_it_are_asked_for(tmp_path):
    book = build(tmp_path, BODY.replace(":alt: A box from which an arrow leads on.\n", ""))
    assert "the figure has no alt text" in book.messages[0]


def test_numbers_in_its_words_are_held_against_their_cell(tmp_path):
    body = (
        BODY.replace("A box", "{value}`3 <boxes>` boxes")
        + "```{code-cell} python\n:values: boxes\n\nlen('abcd')\n```\n"
    )
    book = build(tmp_path, body)
    assert ["write 4" in message for message in book.messages] == [True]
    assert 'aria-label="3 boxes from' in book.page("first")


@pytest.mark.parametrize("builder", FORMATS)
def test_other_formats_have_the_picture_or_its_words(tmp_path, builder):
    options = {"version": "1", "epub_copyright": "x", "language": "en"} if builder == "epub" else {}
    book = build(tmp_path, builder=builder, **options)
    assert book.messages == []
    written = [path.read_text("utf-8") for path in sorted(book.app.outdir.rglob(f"*.{FORMATS[builder]}"))]
    text = " ".join("\n".join(written).split())
    assert "from which an arrow leads on" in text
    assert ("currentcolor" in text) == (builder in ("epub", "singlehtml"))


DOCS = (Path(__file__).parents[3] / "book/contribute/write.md").read_text(encoding="utf-8")


def test_the_example_of_the_docs_is_one(tmp_path):
    svg = re.search(r"^```xml\n(<svg.*?)^```", DOCS, re.DOTALL | re.MULTILINE)[1]
    body = re.search(r"^````md\n(```\{picture\}.*?)^````", DOCS, re.DOTALL | re.MULTILINE)[1]
    folder = tmp_path / "book/papers/pictures"
    folder.mkdir(parents=True)
    (folder / "a-paper-block.svg").write_text(svg, encoding="utf-8")
    book = TinyBook(write_book(tmp_path, {"a-paper": chapter(f"# Title\n\n{body}")}))
    assert book.messages == []
    assert "the input itself" in book.page("a-paper")
    codes = [code for code in RULES if code.startswith(("alt", "figure-caption", "figure-name", "picture"))]
    assert told(tmp_path, f"# Title\n\n{body}", *codes) == []


def test_the_docs_know_every_class():
    table = DOCS[DOCS.index("| class | for |") :]
    table = table[: table.index("\n\n")]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == set(CLASSES)
