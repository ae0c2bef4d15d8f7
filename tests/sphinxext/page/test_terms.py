"""A chapter lists the terms that it marks, its marks lead there, and the glossary says which chapters use an entry."""

import re

from tests.tiny import FRONT, TinyBook, chapter, write_book

GLOSSARY = """\
# Glossary

```{glossary}
nat
  A unit of information, of $\\log_2 e$ bits.
  See {term}`entropy` too.

entropy
  What one does not know yet, in {term}`nats <nat>`.

Cholesky factor
  A root of a matrix.
```
"""
FIRST = "# First\n\nOne {term}`nat`, two {term}`nats <nat>`, and a {term}`cholesky factor`.\n"
SECOND = chapter("# Second\n\nNo {term}`entropy`.\n", FRONT.replace("first2001paper", "second2002paper"))


def build(folder, first=FIRST, glossary=GLOSSARY, second=SECOND, **options):
    write_book(folder, {"first": chapter(first), "second": second})
    index = (folder / "index.md").read_text("utf-8")
    (folder / "index.md").write_text(index.replace("bibliography\n", "bibliography\nglossary\n"), encoding="utf-8")
    (folder / "glossary.md").write_text(glossary, encoding="utf-8")
    return TinyBook(folder, **options)


def terms_of(page):
    section = re.search(r'<section id="terms">.*?</section>', page, re.DOTALL)
    return section[0] if section else ""


def test_a_chapter_lists_what_it_marks_each_once_by_the_alphabet(tmp_path):
    book = build(tmp_path)
    assert book.messages == []
    listed = terms_of(book.page("first"))
    assert re.findall(r'<li id="([\w-]+)"', listed) == ["term-Cholesky-factor", "term-nat"]
    assert "<strong>nat</strong>: A unit of information" in listed
    assert 'class="katex' in listed


def test_its_marks_lead_to_its_list_and_others_to_the_glossary(tmp_path):
    page = build(tmp_path).page("first")
    assert page.count('href="#term-nat"') == 2
    assert page.count('href="#term-Cholesky-factor"') == 1
    assert re.findall(r'href="([^"]*#term-entropy)"', page) == ["../../glossary.html#term-entropy"]


def test_a_chapter_without_terms_has_no_list(tmp_path):
    assert terms_of(build(tmp_path, first="# First\n").page("first")) == ""


def test_the_glossary_says_where_a_term_is_used(tmp_path):
    page = build(tmp_path).file("glossary.html")
    assert re.findall(r'class="term-where[^>]*>In <a[^>]*href="([^"]*)"', page) == [
        "book/papers/first.html",
        "book/papers/second.html",
        "book/papers/first.html",
    ]


def test_a_term_that_is_not_there_or_twice_or_used_nowhere_is_told(tmp_path):
    twice = GLOSSARY.replace("Cholesky factor", "entropy")
    book = build(tmp_path, glossary=twice, second="\n".join(SECOND.splitlines()[:-1]), exegesis_contract=True)
    told = [message for message in book.messages if "term" in message]
    assert any("glossary.md:11" in each and "duplicate" in each for each in told), told
    assert any("first.md" in each and "cholesky factor" in each for each in told), told
    (unused,) = [each for each in told if "used in no chapter" in each]
    assert unused.startswith("glossary.md:")
    assert "the term 'entropy' is used in no chapter; mark it where it first stands, {term}`entropy`" in unused


def test_what_changes_in_the_glossary_or_a_chapter_is_seen_on_the_other_page(tmp_path):
    build(tmp_path)
    page = build(tmp_path, glossary=GLOSSARY.replace("A unit", "One unit")).page("first")
    assert "One unit" in terms_of(page)
    glossary = build(tmp_path, first=FIRST + "\nAn {term}`entropy`.\n").file("glossary.html")
    assert len(re.findall(r'class="term-where', glossary)) == 3
    entropy = glossary[glossary.index("What one does not know") :]
    assert re.search(r"term-where[^>]*>In <a[^>]*first.html.*?</a>, <a[^>]*second.html", entropy)


def test_it_is_the_same_when_pages_are_read_side_by_side(tmp_path):
    alone, together = build(tmp_path / "a"), build(tmp_path / "b", parallel=2)
    assert together.messages == []
    assert alone.page("first") == together.page("first")
    assert alone.file("glossary.html") == together.file("glossary.html")


def test_other_formats_have_the_list_too(tmp_path):
    book = build(tmp_path, builder="text")
    assert book.messages == []
    assert "A unit of information" in (book.app.outdir / "book/papers/first.txt").read_text("utf-8")
