"""After an upgrade, or an edit of the package, every page is read anew; otherwise none is."""

import re

import pytest

from exegesis.sphinxext import env_version
from tests.tiny import TinyBook, chapter, write_book


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "package"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "page.py").write_text("x = 1", encoding="utf-8")
    monkeypatch.setattr(env_version, "FOLDER", folder)
    yield folder
    env_version._number_of.cache_clear()


def number():
    env_version._number_of.cache_clear()
    return env_version.number()


def test_a_file_that_changes_goes_or_comes_gives_another_number(package):
    numbers = [number()]
    (package / "page.py").write_text("x = 2", encoding="utf-8")
    numbers.append(number())
    (package / "page.py").rename(package / "pages.py")
    numbers.append(number())
    (package / "look.css").write_text("p {}", encoding="utf-8")
    numbers.append(number())
    assert len(set(numbers)) == 4


def test_what_python_keeps_beside_its_files_does_not(package):
    before = number()
    (package / "__pycache__" / "page.cpython-311.pyc").write_bytes(b"compiled")
    assert number() == before


def test_another_version_of_what_it_requires_gives_another_number(monkeypatch):
    before = number()
    monkeypatch.setattr(env_version, "required_versions", lambda name: {"sphinx": "0"})
    assert number() != before


def test_every_page_is_read_anew_after_an_edit_of_the_package(tmp_path, package):
    folder = write_book(tmp_path / "book", {"one": chapter("# One\n\nWords.\n")})

    def read():
        env_version._number_of.cache_clear()
        book = TinyBook(folder)
        assert book.messages == []
        return re.search(r"(\d+) added, \d+ changed", book.app.status.getvalue())[1]

    assert read() == "3"
    assert read() == "0"
    (package / "page.py").write_text("x = 2", encoding="utf-8")
    assert read() == "3"
