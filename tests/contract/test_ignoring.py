"""A fault is let stand where the author says why; not longer, and not without a word."""

import pytest

from exegesis.contract.code import in_cell
from tests.contract.tiny import told

WIDE = in_cell(f'x = "{"x" * 90}"')
WHY = "% exegesis: ignore cell-width the string is the paper's own"


def test_a_comment_is_about_the_block_below_it(tmp_path):
    text = f"# A\n\n{WHY}\n\n{WIDE}"
    assert told(tmp_path, text, "cell-width", "ignore") == []
    assert len(told(tmp_path, f"{text}\n{WIDE}", "cell-width", "ignore")) == 1


def test_above_the_title_it_is_about_the_whole_chapter(tmp_path):
    assert told(tmp_path, f"{WHY}\n\n# A\n\n{WIDE}\n{WIDE}", "cell-width", "ignore") == []


def test_two_comments_may_stand_above_one_block(tmp_path):
    text = f"# A\n\n{WHY}\n% exegesis: ignore unseeded it shows what goes wrong\n\n"
    text += in_cell(f'rng = np.random.default_rng()\nx = "{"x" * 90}"')
    assert told(tmp_path, text, "cell-width", "unseeded", "ignore") == []


@pytest.mark.parametrize(
    ("comment", "what"),
    [
        ("% exegesis: ignore cell-width", "'cell-width' is ignored without a reason"),
        ("% exegesis: ignore cell-widht it is so", "there is no rule 'cell-widht'; did you mean 'cell-width'?"),
        ("% exegesis: skip cell-width it is so", "'skip' is nothing that can be asked of the rules"),
        ("% exegesis: ignore link I know", "the build tells 'link' in any case"),
        ("% exegesis: ignore cell-length it is so", "nothing is ignored here: the rule 'cell-length' is kept"),
    ],
)
def test_a_comment_that_does_nothing_is_told(tmp_path, comment, what):
    faults = told(tmp_path, f"# A\n\n{comment}\n\n{WIDE}", "cell-width", "cell-length", "ignore")
    assert len(faults) == 2
    assert faults[0].startswith(f"book/papers/a-paper.md:19:1: ignore {what}")


def test_of_rules_that_are_not_asked_for_no_comment_is_idle(tmp_path):
    assert told(tmp_path, f"# A\n\n{WHY}\n\n{WIDE}", "cell-length", "ignore") == []


def test_other_comments_are_nobodys_business(tmp_path):
    assert told(tmp_path, "# A\n\n% exegesis is a word\n% to do\n", "ignore") == []
