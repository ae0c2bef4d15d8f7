"""One chapter in a tiny book, held to the contract: nothing is built, nothing is run."""

import dataclasses
from pathlib import Path

from exegesis.catalogue import Layout, load_catalogue
from exegesis.contract import RULES, Book, check_chapter
from tests import tiny
from tests.tiny import write_book

FRONT = tiny.FRONT.replace('"', "'")  # as jupytext writes it
SLUG = "a-paper"
LIBRARIES = frozenset(("numpy", "matplotlib"))
TEST = f'chapter = definitions("{SLUG}")\n'
NAMES = {"md": f"book/papers/{SLUG}.md", "json": f"book/papers/{SLUG}.ipynb", "python": "tests/test_papers.py"}


def tiny_book(folder: Path, text: str = "# A Paper\n", example: str = "md") -> tuple[Book, Path]:
    """Write a book with one chapter, and return what the rules ask of it, and the chapter's file."""
    write_book(folder, {} if example == "json" else {SLUG: f"{FRONT}\n# A Paper\n"})
    if example == "md":
        text = f"{FRONT}\n{text}"
    elif example == "yaml":
        text = f"{FRONT}\n# A Paper\n".replace("tldr: It is short.\n", text)
    for name, content in {"tests/test_papers.py": TEST, NAMES.get(example, NAMES["md"]): text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    chapter = folder / NAMES["json" if example == "json" else "md"]
    pages = {f"book/papers/{SLUG}": chapter}
    catalogue = load_catalogue(folder)
    return Book(folder, Layout(), LIBRARIES, "book/words.txt", catalogue=catalogue, pages=pages), chapter


def told(folder: Path, text: str, *codes: str, example: str = "md", words: str = "") -> list[str]:
    """Return what the rules with these codes tell of a chapter, by default all that tell of an ignored one too."""
    book, path = tiny_book(folder, text, example)
    if words:
        (folder / "words.txt").write_text(words, encoding="utf-8")
        book = dataclasses.replace(book, words="words.txt")
    return [fault.told for fault in check_chapter(book, path, path.read_text("utf-8"), codes=codes or RULES)]
