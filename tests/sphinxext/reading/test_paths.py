"""Reading paths, and what a header says of what to read before."""

from tests.tiny import FRONT, TinyBook, chapter, write_book

SECOND = FRONT.replace("first2001paper", "second2002paper").replace("paper:", "level: advanced\nneeds: [one]\npaper:")
NAMED = SECOND.replace("---\n", "---\naliases: [TNT, Tiny]\n", 1)
PATH = "```{path} A walk\none: comes first,\n  as it *should*.\ntwo: comes last.\n```\n"


def build(folder, path=PATH):
    write_book(folder, {"one": chapter("# One\n\n" + "word " * 600), "two": chapter("# Two\n", NAMED)})
    (folder / "index.md").write_text(
        f"# Tiny\n\n```{{toctree}}\nbook/papers/one\nbook/papers/two\nbibliography\n```\n\n{path}", "utf-8"
    )
    return TinyBook(folder)


def test_each_step_has_its_chapter_its_level_and_its_minutes(tmp_path):
    book = build(tmp_path)
    assert book.messages == []
    page = book.file("index.html")
    assert '<a href="book/papers/one.html">One</a> <span class="path-size">3 min</span>' in page
    assert '<a href="book/papers/two.html">Two</a> <span class="path-size">advanced, 1 min</span>' in page
    assert "2 chapters, 4 minutes" in page
    assert "as it <em>should</em>." in page


def test_a_step_that_there_is_not_is_told_at_its_line(tmp_path):
    (message,) = build(tmp_path, PATH.replace("two:", "tow:")).messages
    assert message.startswith("index.md:12: there is no chapter 'tow'; did you mean 'two'?")


def test_a_header_says_what_the_paper_is_called_and_what_to_read_before(tmp_path):
    book = build(tmp_path)
    page = book.page("two")
    assert "<cite>The Second Paper</cite>" in page
    assert "also found as TNT, Tiny" in page
    assert "Advanced</span>" in page
    assert "1 minute to read" in page
    assert 'Read before: <a href="one.html">One</a>' in " ".join(page.split())
    assert 'Leads to: <a href="two.html">Two</a>' in " ".join(book.page("one").split())


def test_a_header_follows_when_another_chapter_begins_to_need_it(tmp_path):
    build(tmp_path)
    (tmp_path / "book/papers/two.md").write_text(chapter("# Two\n", NAMED.replace("needs: [one]\n", "")), "utf-8")
    assert "Leads to" not in TinyBook(tmp_path).page("one")
