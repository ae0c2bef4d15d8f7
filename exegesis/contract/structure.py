"""What a chapter is made of: its title, its sections in order, a signed opinion, a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from .chapter import Chapter
from .rule import Book, Found, rule

SECTIONS = ("In short", "The idea", "Run it", "What the paper claims", "A reader's view", "Try it")
_WHOLE = "# A Paper\n\n" + "\n".join(f"## {section}" for section in SECTIONS) + "\n"
_SIGNED = "## A reader's view\n\nA strong paper.\n\n-- Somebody\n\n## Try it\n"


@rule(
    "title",
    "the chapter has {0} titles",
    "begin it with one line '# Name of the Paper'",
    bad="# A Paper\n\n# In short\n",
    good="# A Paper\n\n## In short\n",
    is_told=True,
)
def title(chapter: Chapter, book: Book) -> Iterator[Found]:
    """The paper's name is the page's title, in the sidebar, in search and in the feed."""
    titles = [heading for heading in chapter.headings if heading.level == 1]
    if len(titles) != 1:
        yield Found(titles[1].line if titles else chapter.front_end + 1, 0, (len(titles) or "no",))


@rule(
    "sections",
    "{0}",
    f"the sections are '## {', '.join(SECTIONS)}', in this order",
    bad=_WHOLE.replace("## The idea", "## Background"),
    good=_WHOLE,
)
def sections(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A reader who knows one chapter finds the way in all of them."""
    found = [heading for heading in chapter.headings if heading.level == 2]
    for heading, wanted in itertools.zip_longest(found, SECTIONS):
        if heading is None:
            yield Found(max(chapter.front_end, 1), 0, (f"the section '{wanted}' is missing",))
            return
        if heading.text != wanted:
            instead = f", where '{wanted}' is to be" if wanted else ", after the last one"
            yield Found(heading.line, 1, (f"there is a section '{heading.text}'{instead}",))
            return


@rule(
    "signature",
    "the reader's view is not signed",
    "end it with the line '-- {0}'",
    bad=_SIGNED.replace("-- Somebody\n\n", ""),
    good=_SIGNED,
)
def signature(chapter: Chapter, book: Book) -> Iterator[Found]:
    """An opinion has an author; readers see where it begins and whose it is."""
    author = str(chapter.front.get("author", "")).strip()
    view = next((heading for heading in chapter.headings if heading.text == SECTIONS[4]), None)
    signed = {f"-- {author}", f"-- The {author}"}
    if view and not any(signed & {line.strip() for line in each.text.splitlines()} for each in chapter.prose):
        yield Found(view.line, 1, (author or "your name",))


@rule(
    "oracle-test",
    "no test reads the chapter's cells",
    'hold what it teaches against someone else\'s code: a test with definitions("{0}")',
    bad='chapter = definitions("another-paper")\n',
    good='chapter = definitions("a-paper")\n',
    example="python",
)
def oracle_test(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Code that only its author has seen working is not evidence; a test compares it with another implementation."""
    if chapter.slug not in book.tested:
        yield Found(max(chapter.front_end, 1) if not chapter.is_notebook else 0, 0, (chapter.slug,))
