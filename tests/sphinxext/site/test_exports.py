"""What the book gives to machines is well-formed, stable and says what the pages say."""

import json
from importlib.resources import files
from xml.etree import ElementTree as ET

import jsonschema
import nbformat
import pytest
from pybtex.database import parse_string

from tests.tiny import BIB, FRONT, TinyBook, chapter, write_book

BODY = """\
# First

It builds on {cite:t}`second2002paper`.

```{code-cell} python
:claim: two

{"found": len("ab"), "beside": len("ab") * float("inf")}
```

```{claim} two
:evidence: recomputed
:source: p. 1
:said: 3 (a blog)
:check: found = 2
There are $2$ *of them*.
```

```{claim} fast
:evidence: quoted
:source: p. 2
:why: needs a phone
It is fast.
```
"""
SECOND = chapter("# Second\n", FRONT.replace("first2001paper", "second2002paper"))
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '<script>alert("1")</script> & ]]> \u202e漢字 \\input{x} $x$ --> \x0b'


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = write_book(tmp_path_factory.mktemp("book"), {"first": chapter(BODY), "second": SECOND})
    built = TinyBook(folder, html_baseurl="https://example.org/book/", html_title="Tiny {Tests} & more")
    assert built.messages == []
    return built


def schema(name):
    return json.loads(files("exegesis").joinpath("schemas", f"{name}.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["papers", "claims"])
def test_the_json_keeps_to_its_schema(book, name):
    jsonschema.Draft202012Validator(schema(name)).validate(json.loads(book.file(f"{name}.json")))


def test_papers_json_has_the_records_and_the_graph(book):
    first, second = json.loads(book.file("papers.json"))["papers"]
    assert first["key"] == "first2001paper"
    assert first["builds_on"] == ["second2002paper"]
    assert second["cited_by"] == ["first2001paper"]
    (summary,) = first["summaries"]
    assert summary["url"] == "https://example.org/book/book/papers/first.html"
    assert summary["claims"] == {"recomputed": 1, "demonstrated": 0, "derived": 0, "quoted": 1}


def test_claims_json_has_the_verdicts(book):
    two, fast = json.loads(book.file("claims.json"))["claims"]
    assert two["text"] == "There are 2 of them."
    assert two["checks"] == [
        {"name": "found", "relation": "=", "expected": 2.0, "tolerance": 0.5, "computed": 2.0, "holds": True}
    ]
    assert (two["holds"], two["said"]) == (True, {"expected": "3", "where": "a blog"})
    assert two["url"].endswith("first.html#claim-two")
    assert (fast["holds"], fast["checks"], fast["why"]) == (None, [], "needs a phone")


def test_the_bibliography_can_be_imported(book):
    assert set(parse_string(book.file("papers.bib"), "bibtex").entries) == {"first2001paper", "second2002paper"}
    assert set(parse_string(book.file("book/papers/first.bib"), "bibtex").entries) == {
        "first2001paper",
        "tiny-tests-more-first",
    }


def test_the_notebook_is_the_executed_one(book):
    notebook = nbformat.reads(book.file("_sources/book/papers/first.ipynb"), as_version=4)
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert "'found': 2" in outputs[0].data["text/plain"]
    assert [cell.id for cell in notebook.cells] == [f"cell-{i}" for i in range(len(notebook.cells))]


def test_the_feed_is_atom_with_an_entry_a_summary(book):
    root = ET.fromstring(book.file("feed.xml"))
    assert root.tag == f"{ATOM}feed"
    for part in ("id", "title", "updated"):
        assert root.find(f"{ATOM}{part}").text
    entries = root.findall(f"{ATOM}entry")
    assert [entry.find(f"{ATOM}link").get("href") for entry in entries] == [
        f"https://example.org/book/book/papers/{slug}.html" for slug in ("first", "second")
    ]
    assert len({entry.find(f"{ATOM}id").text for entry in entries}) == 2
    assert entries[0].find(f"{ATOM}updated").text == "2026-01-31T00:00:00Z"
    assert entries[0].find(f"{ATOM}category").get("term") == "first2001paper"


def test_the_sitemap_names_every_page(book):
    places = [element.text for element in ET.fromstring(book.file("sitemap.xml")).iter() if element.tag.endswith("loc")]
    assert "https://example.org/book/book/papers/first.html" in places
    assert len(places) == 4
    assert "Sitemap: https://example.org/book/sitemap.xml" in book.file("robots.txt")


def test_language_models_get_a_table_of_contents(book):
    assert "- [First](https://example.org/book/book/papers/first.html): Last, JT 2001." in book.file("llms.txt")


def test_a_page_says_what_it_is(book):
    page = book.page("first")
    assert '<meta name="citation_author" content="First Last">' in page
    assert '<meta property="og:type" content="article">' in page
    review = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert review["itemReviewed"]["@type"] == "ScholarlyArticle"
    assert 'type="application/atom+xml"' in page


def test_whatever_people_write_all_stays_well_formed(tmp_path):
    front = FRONT.replace("It is short.", json.dumps(HOSTILE))
    bib = BIB.replace("{The First Paper}", "{<script>alert(1)</script> \\& {漢字} ]]>}")
    folder = write_book(tmp_path, {"first": chapter(BODY, front), "second": SECOND}, bib=bib)
    book = TinyBook(folder)
    assert all("as it stands" in message or "nobody sees" in message for message in book.messages)
    for name in ("feed.xml", "sitemap.xml"):
        ET.fromstring(book.file(name))
    jsonschema.validate(json.loads(book.file("papers.json")), schema("papers"))
    assert len(parse_string(book.file("papers.bib"), "bibtex").entries) == 2
    page = book.page("first")
    assert "<script>alert" not in page
    json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])


def test_two_builds_in_two_places_give_the_same_bytes(tmp_path):
    made = []
    for place in ("a", "b/c"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        book = TinyBook(write_book(folder, {"first": chapter(BODY), "second": SECOND}))
        site = folder / "_build/test/html"
        kept = (path for path in site.rglob("*") if path.is_file() and path.suffix in {".json", ".xml", ".bib", ".txt"})
        made.append({path.relative_to(site).as_posix(): path.read_bytes() for path in kept})
        made[-1] |= {name: book.file(name).encode() for name in ("index.html", "book/papers/first.html")}
        made[-1]["ipynb"] = book.file("_sources/book/papers/first.ipynb").encode()
    assert made[0] == made[1]
