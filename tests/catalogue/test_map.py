import dataclasses

from exegesis.catalogue import Paper
from exegesis.catalogue.graph import Relations
from exegesis.catalogue.map import BOX_HEIGHT, BOX_WIDTH, PER_ROW, WIDTH, draw

PAPER = Paper("key", "Title", ("A B",), ("B",), "V", 2000)


def papers(*years):
    return [dataclasses.replace(PAPER, key=f"p{i}", year=year) for i, year in enumerate(years)]


def drawn(found, graph=None):
    return draw(found, {paper.key: f"Paper number {paper.key} of a book" for paper in found}, graph or {})


def test_every_paper_stands_once_within_the_drawing_and_none_on_another():
    made = drawn(papers(*[2001] * (PER_ROW * 2 + 1), 1999, 2010))
    places = {(node.x, node.y) for node in made.nodes}
    assert len(places) == len(made.nodes) == PER_ROW * 2 + 3
    for node in made.nodes:
        assert 0 <= node.x <= WIDTH - BOX_WIDTH
        assert 0 <= node.y <= made.height - BOX_HEIGHT
        for other in made.nodes:
            assert node is other or abs(node.x - other.x) >= BOX_WIDTH or abs(node.y - other.y) >= BOX_HEIGHT


def test_later_years_stand_above():
    made = drawn(papers(2001, 2010, 2005))
    assert [year for year, _ in made.years] == [2010, 2005, 2001]
    assert [node.paper.year for node in sorted(made.nodes, key=lambda node: node.y)] == [2010, 2005, 2001]


def test_each_relation_is_one_edge():
    graph = {"p0": Relations(["p1", "p2"]), "p1": Relations(["gone"])}
    made = drawn(papers(2010, 2005, 2010), graph)
    assert [(edge.start, edge.end) for edge in made.edges] == [("p0", "p1"), ("p0", "p2")]
    assert all(edge.path.startswith("M") for edge in made.edges)


def test_a_look_ahead_is_no_line_and_two_of_one_year_are_one():
    graph = {"p0": Relations(["p1"]), "p1": Relations(["p2"]), "p2": Relations(["p1"])}
    made = drawn(papers(2001, 2010, 2010), graph)
    assert len(made.edges) == 1


def test_long_titles_are_cut_and_an_empty_book_can_be_drawn():
    (node,) = draw([PAPER], {"key": "word " * 40}, {}).nodes
    assert len(node.lines) == 3
    assert node.lines[-1].endswith("…")
    assert drawn([]).nodes == ()
