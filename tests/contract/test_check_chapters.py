"""What is told of many chapters does not depend on how many processes look at them."""

import os
from dataclasses import replace

import pytest

from exegesis.contract import FEW, check_chapters
from exegesis.contract.rule import RULES
from tests.contract.tiny import tiny_book

CODE = "# A Paper\n\nThe eror falls, see [there](#section-{0}).\n\n```{{code-cell}} python\nimport torch\n```\n"


@pytest.fixture
def book(tmp_path):
    """As many chapters as are shared out, each with faults of its own; each test is for one of them."""
    book, path = tiny_book(tmp_path, CODE.format(0))
    text = path.read_text(encoding="utf-8")
    pages = {f"book/papers/c{i}": path.with_name(f"c{i}.md") for i in range(FEW)}
    for i, each in enumerate(pages.values()):
        each.write_text(text.replace("section-0", f"section-{i}"), encoding="utf-8")
    (tmp_path / "tests/test_papers.py").write_text(
        "".join(f'definitions("papers/c{i}.md")\n' for i in range(1, FEW)), encoding="utf-8"
    )
    return replace(book, pages=pages)


def test_two_processes_tell_what_one_tells_in_the_same_order(book, monkeypatch):
    looked = []
    rule = RULES["import"]
    noting = replace(rule, find=lambda *given: looked.append(os.getpid()) or rule.find(*given))
    monkeypatch.setitem(RULES, "import", noting)
    gone = book.root / "book/papers/gone.md"  # the catalogue tells of it
    found = list(check_chapters(book, [*book.pages.values(), gone], processes=2))
    assert looked == []  # all was done by others
    assert found == list(check_chapters(book, book.pages.values()))
    assert len(looked) == FEW
    assert [fault.path for fault in found if "torch" in fault.what] == [f"book/papers/c{i}.md" for i in range(FEW)]


def test_a_rule_is_let_off_in_all_processes(book):
    found = check_chapters(book, book.pages.values(), without=["exegesis.import"], processes=2)
    assert {fault.path for fault in found} and not any("torch" in fault.what for fault in found)


def test_the_chapter_without_a_test_is_told(book):
    found = check_chapters(book, book.pages.values())
    assert [fault.path for fault in found if "no test reads" in fault.what] == ["book/papers/c0.md"]
