"""Figures: two at least, each with a caption, a name and words for those who cannot see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from .chapter import Cell, Chapter, Directive
from .code import at, in_cell
from .reading import split_options
from .rule import Book, Found, rule

FIGURES, ALT = 2, 40
#: Of the smallest words in a figure: a page knows by it how wide the figure has to be on a phone.
POINTS = 9
_SIZES = {"fontsize", "labelsize", "title_fontsize"}
_OPTIONS = """\
---
mystnb:
  figure:
    caption: The error falls.
    name: fig-a-paper-error
  image:
    alt: A curve of the error against the number of steps, which falls and then stays level.
---
"""
_FIGURE = in_cell("plt.plot(errors)\nplt.show()", _OPTIONS)


def _pictures(chapter: Chapter) -> list[Directive]:
    return [each for each in chapter.directives if each.name == "picture"]


def _named(chapter: Chapter, name: str, line: int) -> Iterator[Found]:
    if not name.startswith(f"fig-{chapter.slug}-"):
        yield Found(line, 0, (f"is '{name}'" if name else "is missing", chapter.slug))


def _options(cell: Cell, part: str) -> dict[str, Any]:
    found = cell.options.get("mystnb")
    found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


@rule(
    "figure-count",
    "the chapter has {0} of its {1} figures",
    "let a demonstration end in plt.show()",
    bad=_FIGURE,
    good=_FIGURE + "\n" + _FIGURE.replace("paper-error", "paper-loss"),
)
def figure_count(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A picture of the thing, and one of what it does, are what readers keep."""
    if len(chapter.drawn) < FIGURES:
        yield Found(max(chapter.front_end, 1) if not chapter.is_notebook else 0, 0, (len(chapter.drawn), FIGURES))


@rule(
    "figure-caption",
    "the figure has no caption",
    "say in the cell's options what it shows, 'mystnb: {{figure: {{caption: ...}}}}', or under the picture's options",
    bad=in_cell("plt.show()", _OPTIONS.replace("    caption: The error falls.\n", "")),
    good=_FIGURE,
)
def figure_caption(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Who looks at the figures first reads only their captions."""
    for cell in chapter.drawn:
        if not _options(cell, "figure").get("caption"):
            yield Found(cell.options_line)
    for directive in _pictures(chapter):
        if not split_options(directive.content)[1].strip():
            yield Found(directive.line)


@rule(
    "figure-name",
    "the figure's name {0}",
    "begin it with 'fig-{1}-'",
    bad=in_cell("plt.show()", _OPTIONS.replace("fig-a-paper-error", "error")),
    good=_FIGURE,
)
def figure_name(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A label names one place in the whole book; with the chapter's slug before it no two chapters can clash."""
    for cell in chapter.drawn:
        yield from _named(chapter, str(_options(cell, "figure").get("name") or ""), cell.options_line)
    for directive in _pictures(chapter):
        yield from _named(chapter, directive.options.get("name", ""), directive.line)


@rule(
    "figure-words",
    "the figure has words of {0} points",
    f"use {POINTS} or more: on a phone smaller ones can't be read",
    bad=in_cell("plt.plot(errors)\nplt.legend(fontsize=7)\nplt.show()", _OPTIONS),
    good=in_cell("plt.plot(errors)\nplt.legend(fontsize=9)\nplt.show()", _OPTIONS),
)
def figure_words(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A page draws each figure as wide as its smallest words need, and counts on their size."""
    for cell in chapter.drawn:
        for word in (word for call in cell.calls for word in call.keywords if word.arg in _SIZES):
            size = word.value.value if isinstance(word.value, ast.Constant) else None
            if isinstance(size, int | float) and size < POINTS:
                yield at(cell, word.value, size)


@rule(
    "alt",
    "the figure has no alt text",
    "say what it shows for those who cannot see it (in a cell: 'mystnb: {{image: {{alt: ...}}}}')",
    bad="![](picture.png)\n",
    good="![A curve that falls.](picture.png)\n",
    is_told=True,
)
def alt(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Who listens to a page, or has no picture, has only this."""
    for cell in chapter.drawn:
        if not str(_options(cell, "image").get("alt") or "").strip():
            yield Found(cell.options_line)
    for link in chapter.links:
        if link.kind == "image" and not link.text.strip():
            yield Found(link.line)
    for directive in chapter.directives:
        if directive.name in ("figure", "image", "picture") and not directive.options.get("alt", "").strip():
            yield Found(directive.line)


@rule(
    "alt-short",
    "the alt text has {0} characters",
    f"say what one sees: which curves, how they go, where they meet; more than {ALT}",
    bad=in_cell("plt.show()", _OPTIONS.replace("A curve of the error against the number of steps, which ", "It ")),
    good=_FIGURE,
)
def alt_short(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A figure of data is not told in a few words."""
    for cell in chapter.drawn:
        words = str(_options(cell, "image").get("alt") or "").strip()
        if words and len(words) <= ALT:
            yield Found(cell.options_line, 0, (len(words),))
    for directive in _pictures(chapter):
        words = directive.options.get("alt", "").strip()
        if words and len(words) <= ALT:
            yield Found(directive.line, 0, (len(words),))
