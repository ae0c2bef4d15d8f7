"""What to read before a chapter, and what after it."""

import pytest

from exegesis.catalogue import load_catalogue
from exegesis.catalogue.needs import before
from tests.tiny import FRONT, chapter, write_book

SECOND = FRONT.replace("first2001paper", "second2002paper")


def needing(front, *names, more=""):
    return chapter(
        "# T\n", front.replace("paper:", f"needs: [{', '.join(names)}]\npaper:").replace("---\n", f"---\n{more}", 1)
    )


def test_a_chapter_is_needed_by_its_slug_or_by_its_papers_key(tmp_path):
    chapters = {"one": chapter("# One\n"), "two": needing(SECOND, "one"), "three": needing(SECOND, "first2001paper")}
    catalogue = load_catalogue(write_book(tmp_path, chapters))
    assert catalogue.faults == []
    one = catalogue.summaries["one"]
    assert before(catalogue, catalogue.summaries["two"]) == before(catalogue, catalogue.summaries["three"]) == [one]
    assert [each.slug for each in catalogue.needed_by["one"]] == ["three", "two"]


def test_a_paper_without_a_chapter_is_needed_as_a_paper(tmp_path):
    catalogue = load_catalogue(write_book(tmp_path, {"one": needing(FRONT, "second2002paper")}))
    assert before(catalogue, catalogue.summaries["one"]) == [catalogue.papers["second2002paper"]]


def test_what_there_is_not_is_told_with_the_nearest(tmp_path):
    catalogue = load_catalogue(write_book(tmp_path, {"alpha": chapter("# A\n"), "two": needing(SECOND, "alpah")}))
    (fault,) = catalogue.faults
    assert (fault.path, fault.mend) == ("book/papers/two.md", "did you mean 'alpha'?")
    assert "needs" in (tmp_path / fault.path).read_text().splitlines()[fault.line - 1]


@pytest.mark.parametrize("circle", [{"one": "one"}, {"one": "two", "two": "one"}])
def test_a_circle_is_told(tmp_path, circle):
    chapters = {"one": chapter("# One\n"), "two": chapter("# Two\n", SECOND)}
    chapters |= {slug: needing(FRONT if slug == "one" else SECOND, name) for slug, name in circle.items()}
    (fault,) = load_catalogue(write_book(tmp_path, chapters)).faults
    assert "needs" in fault.what


@pytest.mark.parametrize("level", ["easy", "3", "[introductory]"])
def test_a_level_is_one_of_three(tmp_path, level):
    text = chapter("# T\n", FRONT.replace("paper:", f"level: {level}\npaper:"))
    (fault,) = load_catalogue(write_book(tmp_path, {"one": text})).faults
    assert "introductory, intermediate, advanced" in fault.mend
