from exegesis.catalogue import load_catalogue
from exegesis.catalogue.graph import relations
from tests.tiny import FRONT, chapter, write_book

SECOND = FRONT.replace("first2001paper", "second2002paper")


def related(tmp_path, chapters, cited):
    write_book(tmp_path, chapters)
    found = relations(load_catalogue(tmp_path), cited)
    return {key: (each.builds_on, each.cited_by) for key, each in found.items()}


def test_a_citation_and_its_way_back(tmp_path):
    chapters = {"one": chapter("# O\n"), "two": chapter("# T\n", SECOND)}
    assert related(tmp_path, chapters, {"two": ["first2001paper"]}) == {
        "first2001paper": ([], ["second2002paper"]),
        "second2002paper": (["first2001paper"], []),
    }


def test_see_also_counts_and_counts_once(tmp_path):
    front = SECOND.replace("tldr:", "see_also: [first2001paper]\ntldr:")
    chapters = {"one": chapter("# O\n"), "two": chapter("# T\n", front)}
    found = related(tmp_path, chapters, {"two": ["first2001paper", "first2001paper"]})
    assert found["first2001paper"] == ([], ["second2002paper"])


def test_papers_without_a_summary_and_self_citations_are_no_relations(tmp_path):
    found = related(tmp_path, {"one": chapter("# O\n")}, {"one": ["first2001paper", "second2002paper"]})
    assert found == {"first2001paper": ([], [])}


def test_all_summaries_of_a_paper_count(tmp_path):
    chapters = {"one": chapter("# O\n"), "again": chapter("# A\n"), "two": chapter("# T\n", SECOND)}
    found = related(tmp_path, chapters, {"again": ["second2002paper"]})
    assert found["first2001paper"] == (["second2002paper"], [])
