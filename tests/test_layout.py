"""The tests of a module are where one looks for them: tests/ mirrors the package, a folder a room."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
#: Folders of tests that mirror something else than the package.
ELSEWHERE = {"bench": ROOT / "bench", "papers": ROOT / "book" / "papers"}
#: Tests of no one module.
WHOLE = {
    "contract/test_check_chapters.py": "many chapters, looked at by several processes",
    "faults": "a hundred ways to break a book, through all parts",
    "site": "the built book, opened in a browser",
    "command/test_other_books.py": "books that know nothing of this package, beside the stock command",
    "command/test_tutorial.py": "what book/contribute/tutorial.md has a reader do",
    "sphinxext/test_ipynb.py": "chapters that are notebooks, through all parts",
    "sphinxext/test_odd_names.py": "names, orders and file systems of any kind, through all parts",
    "sphinxext/test_parts.py": "what a book may turn off",
    "sphinxext/test_setup.py": "the extension's parts, in whatever order",
    "test_docs.py": "what the docs say",
    "test_evidence.py": "the evidence files of the book",
    "test_contract.py": "what every chapter keeps to",
    "test_hatch_build.py": "the hook at the repository's root that packs files into the wheel",
    "test_jupytext.py": "what an author's editor does to a chapter",
    "test_layout.py": "this module",
    "test_workflows.py": "what runs a stranger's code, and what does not",
    "test_packaging.py": "pyproject.toml, the locks and the wheel",
    "execution/test_runaways.py": "chapters that do not end or take too much, each kind of the table",
    "execution/test_same_answer.py": "a forked kernel beside a fresh one, from whatever modules it takes",
}
MODULES = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))


def places_of(name: str) -> list[Path]:
    """Return where the thing that a module of tests is about may be: a module, a package or a chapter."""
    path = Path(name)
    first, stem = path.parts[0], path.stem.removeprefix("test_")
    folder = ELSEWHERE[first] if first in ELSEWHERE else ROOT / "exegesis" / path.parent
    return [folder / f"{stem}.py", folder / stem / "__init__.py", folder / f"{stem.replace('_', '-')}.md"]


@pytest.mark.parametrize("name", [name for name in MODULES if not {name, name.partition("/")[0]} & WHOLE.keys()])
def test_a_module_of_tests_has_its_module(name):
    places = places_of(name)
    assert any(place.is_file() for place in places), f"there is none of {', '.join(map(str, places))}"


def test_the_exceptions_are_there():
    assert [name for name in WHOLE if not (TESTS / name).exists()] == []


def test_folders_of_tests_are_packages():
    """So that two modules of tests may have one name."""
    assert [name for name in MODULES if not (TESTS / name).with_name("__init__.py").is_file()] == []
