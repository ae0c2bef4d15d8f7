"""A book works in a folder of any name, and so do its own folders and pages; in whatever order the disk has them."""

import os
import random
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.tiny import TinyBook, chapter, write_book

NAMES = ["a#b", "a%20b", "[x] two", "a&b;c", "it's", 'say "hi"', "über ☃", "{x} $HOME", "q?x*", "long" * 50]
PAGE = "# Odd\n\n(here)=\n## A place\n\nA needle, and [back](../papers/first.md).\n\n![x](own.svg)\n"


def write_odd(folder, name):
    """Write a book in a folder of this name, with a page and a picture in another of this name."""
    root = write_book(folder / name, {"first": chapter("# T\n\n```{code-cell} python\n6 * 7\n```\n")})
    page = root / "book" / name / f"{name[:40]}.md"
    page.parent.mkdir()
    page.write_text(PAGE, encoding="utf-8")
    (page.parent / "own.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    index = (root / "index.md").read_text(encoding="utf-8")
    listed = f"bibliography\nThe odd one <{page.relative_to(root).with_suffix('').as_posix()}>\n"
    link = page.relative_to(root).with_suffix("").as_posix()  # as Markdown writes a '#' it begins a place
    index = index.replace("bibliography\n", listed) + f"\n{{doc}}`odd </{link}>`, [place](#here)\n"
    (root / "index.md").write_text(index, encoding="utf-8")
    return root, page


@pytest.mark.parametrize("name", NAMES)
def test_a_book_and_its_pages_may_have_any_name(tmp_path, name):
    root, page = write_odd(tmp_path, name)
    # The basic theme of Sphinx links to sources by their bare names, which is told.
    settings = {"html_theme": "sphinx_book_theme", "html_baseurl": "https://example.org/"}
    settings["exegesis_search"] = len(name) < 50
    book = TinyBook(root, **settings)
    assert book.messages == []
    made = Path(book.app.outdir, page.relative_to(root).with_suffix(".html"))
    assert "A needle" in made.read_text(encoding="utf-8")
    linked = re.findall(r'href="([^"]*)"', book.file("index.html"))
    address = quote(page.relative_to(root).with_suffix(".html").as_posix())
    found = {unquote(link.partition("#")[0]) for link in linked}
    assert unquote(address) in found
    assert f"https://example.org/{address}" in book.file("sitemap.xml")
    page.write_text(PAGE.replace("needle", "pin"), encoding="utf-8")
    again = TinyBook(root, **settings)
    assert again.messages == []
    assert "A pin" in made.read_text(encoding="utf-8")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def shuffled(monkeypatch):
    """Let the disk give what a folder has in another order each time."""
    listdir, scandir, chance = os.listdir, os.scandir, random.Random(7)

    class Entries:
        def __init__(self, entries):
            self.entries = iter(entries)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.entries)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        close = __exit__

    def mixed(entries):
        chance.shuffle(entries)
        return entries

    monkeypatch.setattr(os, "listdir", lambda *args: mixed(listdir(*args)))
    monkeypatch.setattr(os, "scandir", lambda *args: Entries(mixed(list(scandir(*args)))))


@pytest.mark.parametrize("where", ["another order", "another file system"])
def test_the_order_of_a_folder_and_the_file_system_do_not_show(tmp_path, monkeypatch, where, request):
    chapters = {name: chapter(f"# {name}\n\nBy {{cite:t}}`first2001paper`.\n") for name in ("one", "two", "three")}
    first = contents(TinyBook(write_book(tmp_path / "a", chapters), exegesis_search=True).app.outdir)
    other = tmp_path / "b"
    if where == "another order":
        shuffled(monkeypatch)
    else:
        places = [Path("/dev/shm"), Path("/var/tmp")]  # in memory, and on a disk
        writable = [place for place in places if os.access(place, os.W_OK)]
        if not (elsewhere := [place for place in writable if place.stat().st_dev != tmp_path.stat().st_dev]):
            pytest.skip("there is no other file system")
        other = Path(tempfile.mkdtemp(dir=elsewhere[0])) / "b"
        request.addfinalizer(lambda: shutil.rmtree(other.parent))
    second = contents(TinyBook(write_book(other, chapters), exegesis_search=True).app.outdir)
    assert first.keys() == second.keys()
    different = [name for name in first if first[name] != second[name]]
    assert different == []
