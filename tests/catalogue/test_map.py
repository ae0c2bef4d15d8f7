"""Where the map's boxes and lines are: every chapter, right of what it needs, and no line behind a box."""

import random
import re

import pytest

from exegesis.catalogue.map import BOX, LETTERS, draw

CHAIN = {"b": ["a"], "c": ["b"], "d": ["c", "a"]}


def drawn(needs, *more):
    slugs = {*needs, *more}.union(*needs.values())
    return draw({slug: f"Chapter {slug} of a book with a title" for slug in slugs}, needs)


def many(chapters, seed):
    """A book in which each chapter needs up to two of those before it."""
    rng = random.Random(seed)
    return {
        f"c{i:02}": [f"c{j:02}" for j in rng.sample(range(i), min(i, rng.choice([0, 0, 1, 1, 2])))]
        for i in range(chapters)
    }


def points(path):
    """Points along a path of curves and straight lines."""
    numbers = [(kind, [float(n) for n in args.split()]) for kind, args in re.findall(r"([MCH])([^MCH]*)", path)]
    x = y = 0.0
    for kind, args in numbers:
        if kind == "M":
            x, y = args
        elif kind == "H":
            yield from ((x + (args[0] - x) * t / 20, y) for t in range(21))
            x = args[0]
        else:
            x1, y1, x2, y2, x3, y3 = args
            for t in (i / 40 for i in range(41)):
                u = 1 - t
                yield (
                    u**3 * x + 3 * u * u * t * x1 + 3 * u * t * t * x2 + t**3 * x3,
                    u**3 * y + 3 * u * u * t * y1 + 3 * u * t * t * y2 + t**3 * y3,
                )
            x, y = x3, y3


@pytest.mark.parametrize("needs", [CHAIN, many(30, 1), many(30, 2), many(60, 3), {}], ids=str)
def test_every_chapter_stands_once_and_no_box_or_line_on_another(needs):
    made = drawn(needs, "x", "y", "z", "v", "w")
    assert sorted(box.slug for box in made.boxes) == sorted({*needs, "x", "y", "z", "v", "w"}.union(*needs.values()))
    for box in made.boxes:
        assert 0 <= box.x <= made.width - BOX
        assert 0 <= box.y <= made.height - box.height
        for other in made.boxes:
            apart = abs(box.x - other.x) >= BOX or box.y >= other.y + other.height or other.y >= box.y + box.height
            assert box is other or apart, (box, other)
    for edge in made.edges:
        behind = [
            box.slug
            for x, y in points(edge.path)
            for box in made.boxes
            if box.x < x < box.x + BOX and box.y < y < box.y + box.height
        ]
        assert behind == [], edge


def test_a_chapter_stands_right_of_all_that_it_needs_and_detours_are_not_drawn():
    made = drawn(CHAIN)
    places = {box.slug: box.x for box in made.boxes}
    assert places["a"] < places["b"] < places["c"] < places["d"]
    assert sorted((edge.start, edge.end) for edge in made.edges) == [("a", "b"), ("b", "c"), ("c", "d")]


def test_one_that_needs_nothing_stands_before_who_needs_it():
    places = {box.slug: box.x for box in drawn(CHAIN | {"d": ["c", "late"]}).boxes}
    assert places["late"] == places["c"]


def test_those_that_stand_by_themselves_are_below():
    made = drawn({"b": ["a"]}, "x", "y")
    assert made.alone
    below = {box.slug for box in made.boxes if box.y > made.alone}
    assert below == {"x", "y"}
    assert drawn({"b": ["a"]}).alone == 0


def test_a_line_begins_and_ends_at_the_boxes():
    made = drawn(CHAIN | {"e": ["a", "d"], "f": ["a"]})
    boxes = {box.slug: box for box in made.boxes}
    for edge in made.edges:
        (x0, y0), *_, (x1, y1) = points(edge.path)
        start, end = boxes[edge.start], boxes[edge.end]
        assert x0 == start.x + BOX and start.y < y0 < start.y + start.height
        assert x1 == end.x and end.y < y1 < end.y + end.height


def test_titles_are_told_in_full_and_what_is_not_there_is_not_drawn():
    (box,) = draw({"one": "word " * 20 + "w" * 30}, {"one": ["gone"]}).boxes
    assert "".join(box.lines).replace(" ", "") == "word" * 20 + "w" * 30
    assert max(map(len, box.lines)) <= LETTERS
    assert box.height > 5 * len(box.lines)


def test_a_circle_has_no_lines_and_an_empty_book_can_be_drawn():
    made = drawn({"a": ["b"], "b": ["a"]})
    assert (len(made.boxes), made.edges) == (2, ())
    assert draw({}, {}).boxes == ()
