"""Each kind of weakening is in the guide, in the same words."""

import re
from pathlib import Path

from exegesis.review.weakening import Kind, Weakening, plain

GUIDE = Path(__file__).parents[2] / "book/contribute/review.md"


def test_the_guide_lists_each_kind():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(kind.word, kind.meaning) for kind in Kind]


def test_a_subject_stands_in_one_line_between_backticks():
    weaker = Weakening(Kind.VALUE, "f(\n  `x`)", "3", "a.md", 1, "one")
    assert weaker.subject == "one: value f( 'x') -> 3"
    assert plain(weaker.subject) == weaker.subject
    assert weaker.told == "claim 'one' is weakened: value f(\n  `x`) -> 3"
