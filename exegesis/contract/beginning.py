"""The beginning of a chapter: a text that builds, keeps to the contract, and says what goes where."""

from __future__ import annotations

from pathlib import Path

from exegesis.templates import templates_in

from .form import fixed
from .reading import read_chapter

#: Stand for what nobody knows yet. `exegesis check` and the build tell of each but the author.
BLANK = {
    "author": "Your Name",
    "date": "year-month-day",
    "key": "lastname2020word",
    "keyword": "a-keyword",
    "slug": "my-paper",
    "title": "The Paper's Name",
}


def beginning(*, author: str, date: str, key: str, keyword: str, slug: str, title: str) -> str:
    """Return the text of a new chapter, in its canonical form.

    Args:
        author: who writes it.
        date: of today, as 2026-01-31.
        key: of the paper's record.
        keyword: from the book's list.
        slug: the name of its file, without ``.md``.
        title: the paper's.
    """
    here = Path(__file__).with_suffix(".md")
    values = {"author": author, "key": key, "keyword": keyword, "slug": slug, "title": title, "today": date}
    text = templates_in(here.parent).get_template(here.name).render(values)
    return fixed(read_chapter(Path(f"{slug}.md"), f"{slug}.md", text))
