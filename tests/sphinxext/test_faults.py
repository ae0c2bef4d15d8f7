"""A broken book stays red until it is mended, and every fault names file and line."""

import contextlib
import logging

import pytest
from docutils import nodes
from sphinx.util.logging import NAMESPACE, getLogger, pending_warnings

from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

BROKEN = {
    "citation": ("See {cite:p}`nobody1999none`.", 'could not find bibtex key "nobody1999none"'),
    "reference": ("See {ref}`nowhere`.", "undefined label: 'nowhere'"),
    "link": ("See [there](#nowhere).", "'nowhere'"),
    "formula": ("It is $\\frac{1$.", "the formula does not parse"),
    "display": ("$$\n\\undefinedmacro{1}\n$$", "the formula does not parse"),
    "picture": ("![](plot.png)", "the figure has no alt text"),
    "directive": ("```{nothing}\n```", "Unknown directive type"),
    "role": ("{nothing}`x`", "Unknown interpreted text role"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_page_is_red_again_and_again_until_it_is_mended(tmp_path, kind):
    text, told = BROKEN[kind]
    folder = write_book(tmp_path, {"first": chapter(f"# Title\n\nA paragraph.\n\n{text}\n"), "other": chapter("# O\n")})
    (folder / "book/papers/plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    line = FRONT.count("\n") + 6
    for _ in range(3):
        messages = TinyBook(folder).messages
        assert [m for m in messages if m.startswith(f"book/papers/first.md:{line}: ") and told in m], messages
    write_book(folder, {"first": chapter("# Title\n\nA paragraph.\n"), "other": chapter("# O\n")})
    assert TinyBook(folder).messages == []
    assert TinyBook(folder).messages == []


LOCATIONS = {
    "node": lambda app: nodes.paragraph("", "x"),
    "pair": lambda app: ("book/papers/first", 3),
    "page": lambda app: "book/papers/first",
    "text": lambda app: f"{app.srcdir}/book/papers/first.md:3",
    "none": lambda app: None,
}


@pytest.mark.parametrize("types", [False, True])
@pytest.mark.parametrize("form", LOCATIONS)
@pytest.mark.parametrize("held_back", [False, True])
def test_a_warning_is_told_once_whatever_names_its_place(tmp_path, form, types, held_back):
    folder = write_book(tmp_path, {"first": chapter("# Title\n")})
    book = TinyBook(folder, show_warning_types=types)
    logging.getLogger(NAMESPACE).addHandler(book.faults)
    location = LOCATIONS[form](book.app)
    if form == "node":
        location.source, location.line = f"{folder}/book/papers/first.md", 3
    try:
        with pending_warnings() if held_back else contextlib.nullcontext():
            getLogger("test").warning("it is wrong by %d", 7, location=location, type="test", subtype="wrong")
    finally:
        logging.getLogger(NAMESPACE).removeHandler(book.faults)
    place = {"none": "the book:1", "page": "book/papers/first.md:1"}.get(form, "book/papers/first.md:3")
    assert book.messages == [f"{place}: it is wrong by 7"]


def test_a_claim_that_fails_is_red_again(tmp_path):
    cell = "```{code-cell} python\n:claim: two\n\nlen('ab')\n```\n"
    claim = "```{claim} two\n:evidence: recomputed\n:source: p. 1\n:check: = 3\nThree.\n```\n"
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n{cell}\n{claim}")})
    assert "does not hold" in TinyBook(folder).messages[0]
    assert "does not hold" in TinyBook(folder).messages[0]


def test_all_faults_of_all_chapters_are_told_in_one_run(tmp_path):
    chapters = {f"c-{kind}": chapter(f"# {kind}\n\n{text}\n") for kind, (text, _) in BROKEN.items()}
    folder = write_book(tmp_path, chapters)
    (folder / "book/papers/plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    messages = "\n".join(TinyBook(folder, parallel=2).messages)
    for kind, (_, told) in BROKEN.items():
        assert f"c-{kind}.md" in messages
        assert told in messages


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"2026-01-31"', "2026-01-31", "first.md:3: 'date' is not right"),
        pytest.param(
            "author: Somebody", "author: a: b", "first.md:2: the front matter is no YAML", marks=pytest.mark.slow
        ),
        (
            "author: Somebody",
            "author:\n\t- b",
            "first.md:3: the front matter is no YAML: the line is indented with a tab",
        ),
    ],
)
def test_a_faulty_front_matter_does_not_hide_what_is_wrong_below_it(tmp_path, old, new, told):
    body = "# T\n\n```{code-cell} python\nraise OSError\n```\n\n```{claim} x\n:evidence: none\n```\n\n"
    body += "See {ref}`nowhere`.\n"
    folder = write_book(tmp_path, {"first": chapter(body, FRONT.replace(old, new))})
    lines = (folder / "book/papers/first.md").read_text("utf-8").splitlines()
    for _ in range(2):
        messages = TinyBook(folder, run=False).messages
        places = [message.split(":")[1] for message in messages if message.startswith("book/papers/first.md")]
        assert messages[0].startswith(f"book/papers/{told}")
        wanted = ("raise OSError", "```{claim} x", "See {ref}`nowhere`.")
        assert sorted(map(int, places[1:])) == [lines.index(line) + 1 for line in wanted]


def test_a_chapter_that_fails_is_told_at_the_line_of_its_cell_and_once(tmp_path):
    body = "# T\n\n```{code-cell} python\n---\nmystnb:\n  figure: {caption: x}\n    name: fig-x\n---\n1 / 0\n```\n"
    body = body.replace("{caption: x}\n    name: fig-x", "\n    caption: x\n    name: fig-x")
    folder = write_book(tmp_path, {"first": chapter(body + "\nIn {numref}`fig-x` we see it.\n")})
    for _ in range(2):
        (message,) = TinyBook(folder, run=False).messages
        line = (folder / "book/papers/first.md").read_text("utf-8").splitlines().index("1 / 0") + 1
        assert message == (
            f"book/papers/first.md:{line}: the cell raises ZeroDivisionError: division by zero; "
            "mend the cell, and try it with 'exegesis build first'"
        )


def test_a_build_that_was_cut_short_is_not_trusted(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# T\n")})
    book = TinyBook(folder)
    memory = next((folder / "_build").rglob("exegesis-faults.json"))
    memory.write_text('["*"]', encoding="utf-8")
    (next((folder / "_build").rglob("first.html"))).write_text("torn", encoding="utf-8")
    assert "<title>T" in TinyBook(folder).page("first")
    memory.write_text("not json", encoding="utf-8")
    assert "<title>T" in TinyBook(folder).page("first")
    assert book.messages == []


def test_a_page_that_is_no_utf_8_is_told_once_with_its_byte(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# T\n")}, bibliography="# B\n")
    for name in ("book/papers/first.md", "bibliography.md"):
        with (folder / name).open("ab") as file:
            file.write(b"\ncaf\xe9\n\ncaf\xe9\n")
    for _ in range(2):
        messages = TinyBook(folder, run=False).messages
        assert sorted(message.partition(" (")[0] for message in messages) == [
            "bibliography.md:3: byte 4 of the line, 0xe9",
            f"book/papers/first.md:{FRONT.count(chr(10)) + 4}: byte 4 of the line, 0xe9",
        ]


def test_a_mark_before_a_chapter_is_no_fault(tmp_path):
    cell = "```{code-cell} python\n:claim: two\n\nlen('ab')\n```\n"
    claim = "```{claim} two\n:evidence: recomputed\n:source: p. 1\n:check: = 2\nTwo.\n```\n"
    folder = write_book(tmp_path, {"first": chapter(f"# T\n\n{cell}\n{claim}")})
    path = folder / "book/papers/first.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    book = TinyBook(folder, run=False)
    assert book.messages == []
    assert "Claims at a glance" in book.page("first")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("venue = {JT}", "venu = {JT}", "references.bib:5: 'first2001paper' has a field 'venu'"),
        ("year = {2001}", "year = 2001 year", "references.bib:6: "),
        ("{Last, First}", "{A, B, C, D}", "references.bib:2: 'author': 'A, B, C, D' is no name"),
        ("{The First Paper}", "{The {First Paper}", "references.bib:3: the value of 'title' "),
    ],
)
def test_a_fault_in_the_record_of_a_chapter_hides_none_of_other_pages(tmp_path, old, new, told):
    chapters = {
        "one": chapter("# One\n\n{cite:t}`first2001paper` and {ref}`nowhere`.\n"),
        "two": chapter(
            "# Two\n\n{cite:p}`first2001paper` and {cite:p}`nobody1999none`.\n",
            FRONT.replace("first2001paper", "second2002paper").replace("tldr:", "see_also: [first2001paper]\ntldr:"),
        ),
    }
    assert old in BIB
    messages = TinyBook(write_book(tmp_path, chapters, bib=BIB.replace(old, new, 1))).messages
    assert any(message.startswith(told) for message in messages)
    others = [message for message in messages if not message.startswith("references.bib")]
    assert [message.partition(":")[0] for message in sorted(others)] == ["book/papers/one.md", "book/papers/two.md"]


def test_a_book_that_runs_nothing_has_pages_without_outputs_and_no_fault(tmp_path):
    figure = "```{code-cell} python\n---\nmystnb:\n  figure:\n    caption: x\n    name: fig-x\n---\n1 / 0\n```\n"
    cell = "```{code-cell} python\n:claim: two\n\nlen('ab')\n```\n"
    claim = "```{claim} two\n:evidence: recomputed\n:source: p. 1\n:check: = 3\nThree.\n```\n"
    text = f"# T\n\n{figure}\nIn {{numref}}`fig-x` we see it.\n\n{cell}\n{claim}"
    book = TinyBook(write_book(tmp_path, {"first": chapter(text)}), run=False, nb_execution_mode="off")
    assert book.messages == []
    assert "ZeroDivisionError" not in book.page("first")
