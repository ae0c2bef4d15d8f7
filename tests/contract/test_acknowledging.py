"""A weakening is acknowledged with its name and a reason; a comment that lacks one of them is told."""

import pytest

from exegesis.contract.acknowledging import acknowledged
from tests.contract.tiny import told

SUBJECT = "`sum: check x = 1.0 -> x = 1`"


def test_what_is_acknowledged_for_which_reason():
    (found,) = acknowledged([(3, f" exegesis: weakened {SUBJECT} the toy is small"), (4, " to do")])
    assert (found.subject, found.reason, found.line) == ("sum: check x = 1.0 -> x = 1", "the toy is small", 3)


@pytest.mark.parametrize(
    ("comment", "what"),
    [
        (f"{SUBJECT}", "a weakening is acknowledged without a reason"),
        (f"{SUBJECT} so what", "a weakening is acknowledged without a reason"),
        ("because the toy is small", "a weakening is acknowledged without its name"),
        ("`` because the toy is small", "a weakening is acknowledged without its name"),
    ],
)
def test_one_that_lacks_something_is_told(tmp_path, comment, what):
    (fault,) = told(tmp_path, f"# A\n\n% exegesis: weakened {comment}\n", "ignore")
    assert f"ignore {what}; write '% exegesis: weakened `" in fault
    assert not list(acknowledged([(1, f"exegesis: weakened {comment}")]))


def test_one_that_is_right_is_left_alone(tmp_path):
    assert told(tmp_path, f"# A\n\n% exegesis: weakened {SUBJECT} the toy is small\n", "ignore") == []
