import re

import pytest

from tests.tiny import FRONT, TinyBook, chapter, write_book

SOUND = """\
# Title

```{code-cell} python
def count():
    return 7 * 22 + 1
```

```{code-cell} python
:claim: layers

{"deep": count(), "wide": 2 * count()}
```

```{claim} layers
:evidence: recomputed
:source: Table 1
:check: |
  deep = 155
  deep < wide
The network has $155$ layers.
```
"""


def messages(tmp_path, body, **config):
    return TinyBook(write_book(tmp_path, {"first": chapter(body)}), **config).messages


def test_a_claim_that_holds_is_shown_with_its_numbers(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter(SOUND)}))
    page = book.page("first")
    assert not book.messages
    assert 'id="claim-layers"' in page
    assert "<code>deep = 155</code>" in page
    assert re.search(r"<td>155</td>\s*<td>holds</td>", page)
    assert "155 against 310" in page


def test_the_cell_keeps_its_code_and_loses_its_bare_value(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter(SOUND)})).page("first")
    assert "cell_input" in page
    assert "cell_output" not in page


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("deep = 155", "deep = 156", r"'deep = 156' does not hold: computed 155, against 156"),
        ("deep < wide", "deep > wide", r"'deep > wide' does not hold"),
        ("deep = 155", "depth = 155", r"no number named 'depth'"),
        ("deep = 155", "deep = 155 ± 20", r"is wider than what its digits print"),
        ("deep = 155", "deep is 155", r"'deep is 155' is no check"),
        ("recomputed", "proved", r"'proved' is no evidence; choose recomputed, demonstrated, derived, quoted"),
        (":source: Table 1\n", "", r"'source' is missing"),
        (":source: Table 1", ":source: Table 1\n:sauce: x", r"unknown option 'sauce'"),
        ("The network has $155$ layers.\n", "", r"it says nothing"),
        ("{claim} layers", "{claim} Layers", r"the name is no slug"),
        ("{claim} layers", "{claim} depth", r"no cell bears its name"),
        (":claim: layers", ":claim: depth", r"no cell bears its name"),
        ('{"deep": count(), "wide": 2 * count()}', '{"deep": 155, "wide": count()}', r"'deep' is typed in"),
        ('{"deep": count(), "wide": 2 * count()}', "count() == 155", r"the cell's value is a bool"),
        ('{"deep": count(), "wide": 2 * count()}', "str(count())", r"is no number"),
        ('{"deep": count(), "wide": 2 * count()}', "total = count()", r"its cell ends in no value"),
        ('count(), "wide"', 'float("nan"), "wide"', r"'deep = 155' does not hold: computed nan"),
        (":source:", ":said: deep 155 (true)\n:source:", r"what is said \(155\) passes too"),
    ],
)
def test_a_claim_that_is_wrong_is_told_with_its_line(tmp_path, old, new, told):
    body = SOUND.replace(old, new)
    assert body != SOUND
    found = messages(tmp_path, body)
    line = (FRONT + "\n" + body).splitlines().index(next(x for x in body.splitlines() if "{claim}" in x)) + 1
    assert any(re.match(rf"book/papers/first\.md:{line}: claim '\w+': .*{told}", message) for message in found), found


def test_a_correction_shows_what_is_said(tmp_path):
    body = SOUND.replace(":source:", ":said: deep 150 (the abstract)\n:source:")
    book = TinyBook(write_book(tmp_path, {"first": chapter(body)}))
    assert not book.messages
    assert "150 (the abstract), which is not what comes out" in book.page("first")


def test_numbers_that_no_check_names_are_shown_beside_it(tmp_path):
    body = SOUND.replace("  deep < wide\n", "")
    assert re.search(
        r"Beside it:</strong> <code>wide</code> = 310",
        TinyBook(write_book(tmp_path, {"first": chapter(body)})).page("first"),
    )


def test_a_single_number_needs_no_name(tmp_path):
    body = SOUND.replace('{"deep": count(), "wide": 2 * count()}', "count()")
    body = body.replace("  deep = 155\n  deep < wide", "  = 155\n  < 156")
    assert not messages(tmp_path, body)


QUOTED = """\
# Title

```{claim} speed
:evidence: quoted
:source: Sec. 5
:why: needs a phone
It runs in 75 ms.
```
"""


def test_a_quoted_claim_says_why(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter(QUOTED)})).page("first")
    assert "needs a phone" in page
    assert "not checked" in page
    assert "says why" in messages(tmp_path, QUOTED.replace(":why: needs a phone\n", ""))[0]


def test_a_quoted_claim_has_no_check(tmp_path):
    assert "has no 'check'" in messages(tmp_path, QUOTED.replace(":why:", ":check: = 75\n:why:"))[0]


def test_a_cell_that_no_claim_names_is_told_at_its_code(tmp_path):
    body = SOUND[: SOUND.index("```{claim}")]
    (message,) = messages(tmp_path, body)
    line = (FRONT + "\n" + body).splitlines().index('{"deep": count(), "wide": 2 * count()}') + 1
    assert message.startswith(f"book/papers/first.md:{line}: the cell's claim 'layers' is stated nowhere")


def test_two_cells_of_one_name_are_told(tmp_path):
    body = SOUND + "\n```{code-cell} python\n:claim: layers\n\ncount()\n```\n"
    assert any("2 cells bear its name" in message for message in messages(tmp_path, body))


def test_two_claims_of_one_name_are_told(tmp_path):
    body = SOUND + SOUND[SOUND.index("```{claim}") :]
    assert any("there is one of this name before" in message for message in messages(tmp_path, body))


def test_a_hidden_cell_proves_its_claim_too(tmp_path):
    body = SOUND.replace(":claim: layers", ":claim: layers\n:tags: [remove-cell]")
    assert not messages(tmp_path, body)
    hidden = body[: body.index("```{claim}")]
    assert "is stated nowhere" in messages(tmp_path, hidden)[0]


def test_a_claim_on_a_page_without_cells_is_told(tmp_path):
    folder = write_book(tmp_path, {"first": chapter("# Title\n")})
    (folder / "bibliography.md").write_text("# B\n\n" + SOUND[SOUND.index("```{claim}") :], encoding="utf-8")
    assert any("no cell bears its name" in message for message in TinyBook(folder).messages)


def test_the_table_of_claims_links_to_each(tmp_path):
    page = TinyBook(write_book(tmp_path, {"first": chapter(SOUND + QUOTED[QUOTED.index("```") :])})).page("first")
    table = page[page.index("claims-table") :]
    assert re.findall(r'href="#(claim-\w+)"', table) == ["claim-layers", "claim-speed"]
    assert table.index("katex") < table.index("speed"), "mathematics is set there too"


@pytest.mark.parametrize("parallel", [0, 2])
def test_reading_in_parallel_gives_the_same_claims_and_pages(tmp_path, parallel):
    chapters = {f"c{i}": chapter(SOUND.replace("155", str(155)) + f"\nChapter {i}.\n") for i in range(7)}
    book = TinyBook(write_book(tmp_path, chapters), parallel=parallel)
    claims = book.app.env.get_domain("exegesis").claims
    assert not book.messages
    assert sorted(claims) == [f"book/papers/c{i}" for i in range(7)]
    assert all([claim.id for claim in found] == ["layers"] for found in claims.values())
    assert "Chapter 6." in book.page("c6")


def test_a_chapter_that_goes_takes_its_claims_along(tmp_path):
    folder = write_book(tmp_path, {"a": chapter(SOUND), "b": chapter(SOUND)})
    TinyBook(folder)
    (folder / "book/papers/b.md").unlink()
    write_book(folder, {"a": chapter(SOUND)})
    assert list(TinyBook(folder).app.env.get_domain("exegesis").claims) == ["book/papers/a"]


def linking(tmp_path, link, **chapters):
    second = chapter(f"# Second\n\n{link}\n").replace("first2001paper", "second2002paper")
    return TinyBook(write_book(tmp_path, {"first": chapter(SOUND), "second": second, **chapters}))


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("[words *of mine*](#claim-layers)", "words <em>of mine</em>"),
        ("[words](#first:claim-layers)", "words"),
        ("[](#claim-layers)", "The network has 155 layers."),
        ("{ref}`claim-layers`", "The network has 155 layers."),
        ("{ref}`words <first:claim-layers>`", "words"),
    ],
)
def test_a_claim_of_another_chapter_can_be_linked(tmp_path, link, text):
    book = linking(tmp_path, link)
    assert book.messages == []
    found = re.search(r'href="first.html#claim-layers"[^>]*>(.*?)</a>', book.page("second"))
    assert re.sub("</?span[^>]*>", "", found[1]) == text


def test_a_name_that_two_chapters_have_needs_the_chapters_slug(tmp_path):
    other = chapter(SOUND).replace("first2001paper", "second2002paper")
    told = linking(tmp_path / "plain", "{ref}`claim-layers`", other=other).messages
    assert len(told) == 1
    assert "undefined label: 'claim-layers'" in told[0]
    book = linking(tmp_path / "named", "{ref}`other:claim-layers` and [x](#first:claim-layers)", other=other)
    assert book.messages == []
    assert 'href="other.html#claim-layers"' in book.page("second")
    assert 'href="first.html#claim-layers"' in book.page("second")


def test_on_its_own_page_a_claims_plain_name_is_enough(tmp_path):
    own = chapter(SOUND + "\nSee [it](#claim-layers).\n").replace("first2001paper", "second2002paper")
    book = linking(tmp_path, "Nothing.", other=own)
    assert book.messages == []
    assert 'href="#claim-layers"' in book.page("other").split("See ")[1]


def test_a_link_follows_the_claims_text(tmp_path):
    book = linking(tmp_path, "{ref}`claim-layers`")
    page = tmp_path / "book/papers/first.md"
    page.write_text(page.read_text(encoding="utf-8").replace("The network has", "It has"), encoding="utf-8")
    book = TinyBook(tmp_path)
    assert book.messages == []
    assert "It has 155 layers." in book.page("second")
