"""The examples of what is told beside the rules are lines of a book that has no fault, and break it."""

import pytest

from exegesis.command.check import check
from exegesis.command.init import init
from exegesis.command.project import Project
from exegesis.contract.beside import EXAMPLES


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.subtype)
def test_the_bad_line_is_told_and_the_good_one_is_not(tmp_path, kind):
    init(tmp_path)
    assert check(Project.open(tmp_path)).faults == []
    example = EXAMPLES[kind]
    path = tmp_path / example.file
    text = path.read_text("utf-8")
    assert f"\n{example.good}\n" in text
    path.write_text(text.replace(example.good, example.bad), encoding="utf-8")
    told = check(Project.open(tmp_path)).faults
    assert {fault.code for fault in told if fault.path == example.file} == {kind.code}
