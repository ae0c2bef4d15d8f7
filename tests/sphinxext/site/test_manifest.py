"""The manifest has every file, and two clean builds the same one: wherever, whenever, with however many workers."""

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from exegesis.manifest import NAME, digest_of, read_manifest
from exegesis.sphinxext.site import manifest as module
from tests.tiny import FRONT, TinyBook, chapter, write_book

CHAPTERS = {
    "one": chapter("# One\n\n(here)=\n## Here\n\n{cite:t}`second2002paper`, {ref}`there`.\n"),
    "two": chapter(
        "# Two\n\n(there)=\n## There\n\n$x$\n\n```{code-cell} python\nimport numpy\nlen('ab')\n```\n",
        FRONT.replace("first2001paper", "second2002paper"),
    ),
    "three": chapter("# Three\n\n{doc}`two`\n", FRONT.replace("tldr:", "see_also: [second2002paper]\ntldr:")),
}


def build(folder, **options):
    book = TinyBook(write_book(folder, CHAPTERS), html_theme="sphinx_book_theme", **options)
    assert not book.messages
    return book


def again(folder):
    return TinyBook(folder, html_theme="sphinx_book_theme")


def files(book):
    site = Path(book.app.outdir)
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.fixture
def elsewhere():
    """A folder of another file system, where there is one."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    yield Path(folder)
    shutil.rmtree(folder)


def test_two_clean_builds_give_the_same_bytes_everywhere(tmp_path, elsewhere, monkeypatch):
    one = build(tmp_path / "book", exegesis_search=True)
    with monkeypatch.context() as later:
        later.setenv("TZ", "Asia/Kolkata")
        later.setattr("time.time", lambda: 2e9)
        time.tzset()
        other = build(elsewhere / "somewhere" / "deeper", exegesis_search=True, parallel=2)
    time.tzset()
    assert files(one) == files(other)
    assert {".buildinfo", "objects.inv", "pagefind/pagefind-entry.json", NAME} <= files(one).keys()


def test_it_lists_every_file_and_what_each_chapter_is_made_from(tmp_path):
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    book = build(tmp_path, html_baseurl="https://example.org/", html_title="Tiny")
    found, site = read_manifest(book.file(NAME).encode()), Path(book.app.outdir)
    assert found.files == {name: digest_of(site / name) for name in files(book) if name != NAME}
    assert (found.title, found.address) == ("Tiny", "https://example.org/")
    assert found.locks == {"requirements.lock": digest_of(tmp_path / "requirements.lock")}
    assert {"python", "exegesis", "sphinx", "numpy", "ipykernel"} <= found.versions.keys()
    assert found.chapters.keys() == {f"book/papers/{slug}" for slug in CHAPTERS}
    two = found.chapters["book/papers/two"]
    assert two.page == "book/papers/two.html"
    assert two.files == [
        *(f"_sources/book/papers/two.{end}" for end in ("ipynb", "md")),
        *(f"{two.page[:-4]}{end}" for end in ("bib", "html")),
    ]
    assert two.inputs == {"book/papers/two.md": digest_of(tmp_path / "book/papers/two.md")}
    assert two.versions == {name: found.versions[name] for name in ("python", "numpy")}


def test_an_incremental_build_has_the_same_and_reads_what_was_written(tmp_path, monkeypatch):
    before = build(tmp_path).file(NAME)
    read = []
    monkeypatch.setattr(module, "digest_of", lambda path: read.append(path.name) or digest_of(path))
    assert again(tmp_path).file(NAME) == before
    assert not {"one.html", "two.html", "two.ipynb"} & set(read)
    page = tmp_path / "_build/test/html/genindex.html"
    page.write_bytes(page.read_bytes().replace(b"Index", b"Inbex"))
    os.utime(page, (1, 1))
    book = again(tmp_path)
    assert json.loads(book.file(NAME))["files"]["genindex.html"] == digest_of(page)


def test_what_is_no_site_has_none(tmp_path):
    book = build(tmp_path, builder="text")
    assert NAME not in files(book)
