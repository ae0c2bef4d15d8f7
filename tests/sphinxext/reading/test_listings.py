"""Listings are written from the catalogue, and cost the book one sorting for each order."""

import re

import pytest

from exegesis.catalogue import shelf
from exegesis.sphinxext import book as book_module
from exegesis.sphinxext import shelf as shelf_module
from exegesis.sphinxext.reading import listings
from tests.tiny import FRONT, TinyBook, chapter, write_book

SECOND = FRONT.replace("first2001paper", "second2002paper")
KINDS = ("gallery", "groups", "latest", "totals", "claims", "map", "venue", "year", "author", "keyword")
CLAIM = "```{claim} far\n:evidence: quoted\n:source: p. 1\n:why: far\nIt is $x$ *far*.\n```\n"


def build(folder, chapters=None, **config):
    chapters = chapters or {"one": chapter("# One\n\n" + CLAIM), "two": chapter("# Two\n", SECOND)}
    write_book(folder, chapters)
    names = "".join(f"book/papers/{slug}\n" for slug in chapters)
    pages = "".join(f"{kind}\n" for kind in KINDS)
    (folder / "index.md").write_text(f"# Tiny\n\n```{{toctree}}\n{names}{pages}bibliography\n```\n", "utf-8")
    for kind in KINDS:
        (folder / f"{kind}.md").write_text(f"# By {kind}\n\n```{{listing}} {kind}\n```\n", "utf-8")
    book = TinyBook(folder, **config)
    assert book.messages == []
    return book


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"))


def test_a_header_leads_to_what_else_there_is(built):
    page = built.page("one")
    for place in ("venue.html#venue-jt", "year.html#year-2001", "author.html#author-first-last"):
        assert f'href="../../{place}"' in page
    assert 'id="venue-jt"' in built.file("venue.html")
    assert 'id="author-first-last"' in built.file("author.html")
    assert "keyword.html#keyword-testing" in page


@pytest.mark.parametrize("kind", ["venue", "year", "author", "keyword"])
def test_a_browse_page_has_each_value_with_its_count(built, kind):
    page = built.file(f"{kind}.html")
    assert re.search(r'<span class="count">[12]</span>', page)
    assert 'href="book/papers/one.html"' in page


def test_the_gallery_the_totals_and_the_latest_name_every_summary(built):
    assert re.findall(r'card-title"><a href="([^"]*)"', built.file("gallery.html")) == [
        "book/papers/one.html",
        "book/papers/two.html",
    ]
    assert "<strong>2</strong> summaries, <strong>1</strong> claims" in built.file("totals.html")
    assert built.file("latest.html").count("<time") == 2


def test_the_ledger_shows_claims_with_their_formulas_set(built):
    page = built.file("claims.html")
    assert 'href="book/papers/one.html#claim-far"' in page
    assert 'data-evidence="quoted"' in page
    assert "katex" in page.split("ledger")[-1]
    assert "<em>far</em>" in page


def test_every_chapter_is_a_link_on_the_map_two_of_one_paper_too(tmp_path):
    needs = FRONT.replace("paper:", "needs: [one]\npaper:")
    book = build(tmp_path, {"one": chapter("# One\n"), "again": chapter("# Again\n", needs)})
    page = book.file("map.html")
    assert sorted(re.findall(r'<a href="([^"]*)" class="map-node"', page)) == [
        "book/papers/again.html",
        "book/papers/one.html",
    ]
    assert re.findall(r'data-from="(.*)" data-to="(.*)"', page) == [("one", "again")]
    assert re.findall(r'map-before">after <a href="([^"]*)"', page) == ["book/papers/one.html"]


def test_a_map_without_needs_has_no_lines(built):
    page = built.file("map.html")
    assert page.count('class="map-node"') == 2
    assert "No chapter needs another" in page
    assert "data-from" not in page


def test_a_second_summary_is_listed_with_the_first(tmp_path):
    book = build(tmp_path, {"one": chapter("# One\n"), "again": chapter("# Again\n")})
    assert book.file("venue.html").count('class="entry"') == 1
    assert 'href="again.html">Again</a>' in book.page("one")
    assert 'href="one.html">One</a>' in book.page("again")


def test_an_unknown_listing_is_told(tmp_path):
    folder = write_book(tmp_path, {"one": chapter("# One\n\n```{listing} venu\n```\n")})
    assert any("there is no listing 'venu'; did you mean 'venue'?" in m for m in TinyBook(folder).messages)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("gallery six", "'six' says nothing to the listing 'gallery'; give a whole number"),
        ("gallery 0", "'0' says nothing to the listing 'gallery'; give a whole number above 0"),
        ("totals six", "'six' says nothing to the listing 'totals'; take it out"),
    ],
)
def test_a_word_that_says_nothing_to_a_listing_is_told(tmp_path, asked, told):
    folder = write_book(tmp_path, {"one": chapter(f"# One\n\n```{{listing}} {asked}\n```\n")})
    assert [told in message for message in TinyBook(folder).messages] == [True]


def test_a_gallery_of_one_shows_the_newest_and_leads_to_the_others(tmp_path):
    newer = SECOND.replace("2026-01-31", "2026-02-01")
    assert newer != SECOND
    text = chapter("# One\n\n```{listing} gallery 1\n```\n")
    page = build(tmp_path, {"one": text, "two": chapter("# Two\n", newer)}).page("one")
    assert re.findall(r'card-title"><a href="([^"]*)"', page) == ["two.html"]
    assert "The latest 1 of 2." in page


def test_groups_are_the_pages_with_chapters_below_in_the_order_of_the_contents(tmp_path):
    folder = write_book(tmp_path, {"one": chapter("# One\n"), "two": chapter("# Two\n", SECOND)})
    for name, below in {"z": "two", "a": "one"}.items():
        text = f"# Group {name}\n\n```{{toctree}}\nbook/papers/{below}\n```\n\n```{{listing}} groups\n```\n"
        (folder / f"{name}.md").write_text(text, "utf-8")
    (folder / "index.md").write_text("# Tiny\n\n```{toctree}\nz\na\nbibliography\n```\n", "utf-8")
    page = TinyBook(folder).file("z.html").partition('class="shelf-groups"')[2]
    links = re.findall(r'<a href="([^"]*)">(Group \w|One|Two)</a>', page)[:4]
    groups = [("", "Group z"), ("book/papers/two.html", "Two"), ("a.html", "Group a"), ("book/papers/one.html", "One")]
    assert links == groups


def test_each_order_is_sorted_once_however_many_chapters_ask(tmp_path, monkeypatch):
    asked = []

    def counting(catalogue, order):
        asked.append(order)
        return shelf.shelve(catalogue, order)

    monkeypatch.setattr(book_module, "shelve", counting)
    build(tmp_path, {f"c{i}": chapter(f"# C{i}\n") for i in range(5)})
    assert sorted(asked) == ["author", "keyword", "venue", "year"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A book that is large from two summaries on, with one card and one paper on the map."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf_module, "LARGE", 1)
        patch.setattr(listings, "LATEST", 1)
        patch.setattr(listings, "MAPPED", 1)
        needs = FRONT.replace("paper:", "needs: [two]\npaper:")
        chapters = {"one": chapter("# One\n\n" + CLAIM, needs), "two": chapter("# Two\n", SECOND)}
        yield build(tmp_path_factory.mktemp("large"), chapters)


def test_a_large_gallery_shows_the_latest_and_leads_to_the_others(large):
    page = large.file("gallery.html")
    assert page.count('class="card"') == 1
    assert "The latest 1 of 2." in page
    assert re.findall(r'<a href="([^"]*)">by (\w+)</a>', page) == [
        (f"{order}.html", order) for order in ("venue", "year", "author", "keyword")
    ]


def test_a_large_browse_page_has_all_papers_in_brief(large):
    page = large.file("year.html")
    assert page.count('class="entry"') == 2
    assert "It is short." not in page


def test_a_large_ledger_counts_the_claims_of_each_chapter(large):
    page = large.file("claims.html")
    assert '<a href="book/papers/one.html#claims">One</a>' in page
    assert "katex" not in page.split("listing-note")[-1]
    assert 'id="claims"' in large.page("one")


def test_a_large_map_shows_what_others_need(large):
    page = large.file("map.html")
    assert re.findall(r'<a href="([^"]*)" class="map-node"', page) == ["book/papers/two.html"]
    assert "1 more are not drawn" in page


def test_one_claim_can_be_shown_elsewhere(tmp_path):
    write_book(tmp_path, {"one": chapter("# One\n\n" + CLAIM)})
    index = tmp_path / "index.md"
    index.write_text(index.read_text("utf-8") + "\n```{listing} claim one/far\n```\n", "utf-8")
    book = TinyBook(tmp_path)
    assert book.messages == []
    page = book.file("index.html")
    assert '<div class="claim claim-quoted" id="claim-far"' in page
    assert 'href="book/papers/one.html#claim-far"' in page


CORRECTED = """\
# One

```{code-cell} python
:claim: blocks

{"blocks": len(range(17)), "deep": len(range(6))}
```

```{claim} blocks
:evidence: recomputed
:source: Table 2
:check: blocks = 17
:said: blocks 19 (Section 4)
:limits: |
  not deep > 6
  The deep one has no more than six.
:matters: the cost is counted by block
It has so many $x$ blocks.
```

```{code-cell} python
:claim: fine

len("ab")
```

```{claim} fine
:evidence: recomputed
:source: Table 3
:check: = 2
It is so.
```
"""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    front = FRONT.replace("date:", "changes:\n  '2026-02-03': the count was wrong\ndate:")
    folder = write_book(tmp_path_factory.mktemp("book"), {"one": chapter(CORRECTED, front)})
    listings = "\n## Wrong\n\n```{listing} wrong\n```\n\n```{listing} changes\n```\n"
    (folder / "index.md").write_text((folder / "index.md").read_text("utf-8") + listings, "utf-8")
    book = TinyBook(folder)
    assert book.messages == []
    return book


def test_what_is_wrong_is_listed_with_what_comes_out_and_why_it_matters(corrected):
    page = corrected.file("index.html").split('<div class="corrections">')[1]
    assert page.count('class="correction"') == 1, "what holds in full is not listed"
    text = " ".join(re.sub(r"<[^>]*>", " ", page.split("</dl>")[0].split("</p>")[1]).split())
    assert "What is said blocks = 19 (Section 4)" in text
    assert "What comes out blocks = 17; deep &gt; 6 does not hold (6)" in text
    assert "What does not reproduce The deep one has no more than six." in text
    assert "Why it matters the cost is counted by block" in text
    assert 'id="wrong-one-blocks"' in page
    assert 'href="#wrong-one-blocks"' in page
    assert 'href="book/papers/one.html#claim-blocks"' in page
    assert "Why it matters" in corrected.page("one")


def test_what_was_wrong_in_the_book_is_listed(corrected):
    assert re.search(
        r'<time datetime="2026-02-03">2026-02-03</time> <a href="book/papers/one.html">One</a>: the count was wrong',
        corrected.file("index.html"),
    )


@pytest.mark.parametrize(
    ("name", "told"), [("one/fat", "did you mean 'one/far'?"), ("none/far", "there are one"), ("", "")]
)
def test_a_claim_that_is_not_there_is_told(tmp_path, name, told):
    write_book(tmp_path, {"one": chapter("# One\n\n" + CLAIM)})
    index = tmp_path / "index.md"
    index.write_text(index.read_text("utf-8") + f"\n```{{listing}} claim {name}\n```\n", "utf-8")
    (message,) = TinyBook(tmp_path).messages
    assert f"there is no claim '{name}'" in message
    assert told in message
    assert "index.md" in message
