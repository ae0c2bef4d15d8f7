import json
import re
from importlib.resources import files

import jsonschema
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
        ('count(), "wide"', 'count() * float("nan"), "wide"', r"'deep = 155' does not hold: computed nan"),
        (":source:", ":said: deep 155 (true)\n:source:", r"what is said \(155\) passes too"),
    ],
)
def test_a_claim_that_is_wrong_is_told_with_its_line(tmp_path, old, new, told):
    body = SOUND.replace(old, new)
    assert body != SOUND
    found = messages(tmp_path, body)
    line = (FRONT + "\n" + body).splitlines().index(next(x for x in body.splitlines() if "{claim}" in x)) + 1
    assert any(re.match(rf"book/papers/first\.md:{line}: claim '\w+': .*{told}", message) for message in found), found


@pytest.mark.parametrize(
    "option", [":said: deep 150 ({})", ":limits: |\n  not deep > 200\n  {}", ":why: {}", ":said: 1\n:matters: {}"]
)
def test_the_words_of_an_option_have_their_formulas_set(tmp_path, option):
    option = option.replace(":said: 1\n", ":said: deep 150 (the abstract)\n")
    body = SOUND.replace(":source:", option.format("for $5 one gets $x^2$") + "\n:source:")
    book = TinyBook(write_book(tmp_path, {"first": chapter(body)}))
    assert not book.messages
    note = next(text for text in re.findall(r'<p class="claim-note.*?</p>', book.page("first")) if "for $5" in text)
    assert note.count('class="katex"') == 1
    assert "$x^2$" not in note


def test_a_formula_of_an_option_that_does_not_parse_is_told(tmp_path):
    body = SOUND.replace(":source:", ":said: deep 150 (the abstract)\n:matters: for $\\nothing$\n:source:")
    assert [r"the formula $\nothing$ does not parse" in told for told in messages(tmp_path, body)] == [True]


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


PART = SOUND.replace(
    ":source:",
    ":limits: |\n  not deep > 200\n  The 200 layers of the paper are not there.\n:said: deep <= 90 (a blog)\n"
    ":accepts: |\n  `return 7 * 22 + 1`: how often does not matter\n:source:",
).replace("  deep < wide\n", "  100 < deep < wide\n")


def test_a_claim_may_hold_in_part(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter(PART)}))
    assert book.messages == []
    page = book.page("first")
    assert page.count("evidence-in-part") == 2, "the card and the table"
    assert "<code>100 &lt; deep &lt; wide</code>" in page
    assert "155 against 310" in page
    assert re.search(
        r'<tr class="fails">\s*<td><code>deep &gt; 200</code></td>\s*<td>155</td>\s*<td>does not hold', page
    )
    assert "What does not reproduce:</strong> The 200 layers" in page
    assert "deep &lt;= 90 (a blog), which is not what comes out" in page


def test_machines_are_told_what_does_not_reproduce(tmp_path):
    book = TinyBook(write_book(tmp_path, {"first": chapter(PART)}))
    (claim,) = json.loads(book.file("claims.json"))["claims"]
    schema = json.loads(files("exegesis").joinpath("schemas/claims.schema.json").read_text("utf-8"))
    jsonschema.validate({"claims": [claim]}, schema)
    assert (claim["holds"], claim["verdict"]) == (True, "in part")
    assert claim["checks"][1]["lower"] == {"relation": "<", "expected": 100}
    assert claim["checks"][1]["expected"] == "wide"
    assert claim["limits"]["words"] == "The 200 layers of the paper are not there."
    assert [(check["expected"], check["holds"]) for check in claim["limits"]["checks"]] == [(200, False)]
    assert claim["said"] == {"expected": "90", "relation": "deep <= 90", "where": "a blog"}
    assert claim["accepts"] == [{"code": "return 7 * 22 + 1", "reason": "how often does not matter"}]
    notebook = json.loads(book.file("_sources/book/papers/first.ipynb"))
    assert [cell["metadata"]["check"] for cell in notebook["cells"] if "check" in cell["metadata"]] == [
        "deep = 155\n100 < deep < wide\nnot deep > 200"
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("not deep > 200", "not deep > 150", r"'deep > 150' of ':limits:' holds now: computed 155; take the line out"),
        ("not deep > 200", "not depth > 200", r"no number named 'depth'"),
        ("not deep > 200", "deep > 200", r"'limits' asserts nothing"),
        ('"deep": count()', '"deep": count() * float("nan")', r"'deep > 200' of ':limits:' can't be judged"),
        ("100 < deep", "160 < deep", r"'160 < deep < wide' does not hold: computed 155, against 160 and 310"),
        ("said: deep <= 90", "said: deep <= 190", r"what is said \(deep <= 190\) passes too"),
        ("`return 7 * 22 + 1`", "`return 8`", r"'return 8' of ':accepts:' is nowhere in the code"),
    ],
)
def test_what_is_wrong_with_a_claim_in_part_is_told(tmp_path, old, new, told):
    body = PART.replace(old, new)
    assert body != PART
    assert any(re.search(told, message) for message in messages(tmp_path, body)), messages(tmp_path, body)


def test_a_number_that_was_typed_in_is_found_in_an_earlier_cell(tmp_path):
    body = SOUND.replace("def count", "deep = 155\n\n\ndef count").replace('"deep": count()', '"deep": deep')
    assert any("'deep' is typed in, not computed" in message for message in messages(tmp_path, body))


DERIVED = SOUND.replace("recomputed", "derived").replace("  deep < wide\n", "")


def test_a_derived_claim_calculates_with_printed_numbers(tmp_path):
    body = DERIVED.replace('{"deep": count(), "wide": 2 * count()}', '{"deep": 7 * 22 + 1}')
    assert not messages(tmp_path / "sound", body)
    assert any("'deep' is typed in" in each for each in messages(tmp_path / "a", body.replace("derived", "recomputed")))
    assert any("'deep' is typed in" in each for each in messages(tmp_path / "b", body.replace("7 * 22 + 1", "155")))
    page = TinyBook(tmp_path / "sound").page("first")
    assert 'class="evidence evidence-derived"' in page
