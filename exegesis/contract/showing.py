"""Showing before telling: a picture of the thing and an example in numbers, then the general formula."""

from __future__ import annotations

from collections.abc import Iterator

from exegesis.picture import PictureError, read_picture
from exegesis.text import UnreadableError, read_text

from .chapter import Chapter
from .rule import Book, Found, rule

_PICTURE = """\
```{picture} block.svg
:name: fig-a-paper-block
:alt: A box with one arrow that leads into it and one that leads out of it.

A block of the network.
```
"""
_EXAMPLE = "With two layers it has {value}`12 <small.weights>` weights.\n"
_FORMULA = "$$\ny = Wx\n$$ (eq-a-paper-layer)\n"


def _first_formula(chapter: Chapter) -> int | None:
    """Return the line of the first formula that has a number: one that is put to the reader, and referred to."""
    directives = (each.line for each in chapter.directives if each.name == "math" and "label" in each.options)
    return min([*chapter.formulas, *directives], default=None)


def _is_before(chapter: Chapter, line: int, formula: int | None) -> bool:
    """Whether something stands above a formula; of a notebook the cells are known, and no lines."""
    return formula is None or line < formula or (chapter.is_notebook and line == formula)


@rule(
    "picture-file",
    "{0}",
    "{1}",
    bad=_PICTURE.replace("block.svg", "nowhere.svg"),
    good="# A Paper\n",
    is_told=True,
)
def picture_file(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A picture stands in the page itself, so that nothing in it may run, load or name anything."""
    for each in chapter.directives:
        if each.name == "picture":
            path = (chapter.path.parent / each.argument).resolve()
            if not path.is_relative_to(book.root.resolve()):
                yield Found(
                    each.line, 0, (f"'{each.argument}' is outside of the book's folder", "put it beside the page")
                )
                continue
            try:
                read_picture(read_text(path))
            except FileNotFoundError:
                yield Found(each.line, 0, (f"there is no picture '{each.argument}'", "correct its name, or draw it"))
            except (PictureError, UnreadableError) as error:
                yield Found(each.line, 0, (f"{each.argument}, line {error.line}: {error.what}", error.mend))


@rule(
    "picture-first",
    "no picture of the thing stands before {0}",
    "draw what the paper is about, and show it by a 'picture' directive where 'The idea' begins",
    bad=f"## The idea\n\n{_FORMULA}\n{_PICTURE}",
    good=f"## The idea\n\n{_PICTURE}\n{_FORMULA}",
)
def picture_first(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Who has seen the thing reads its formula with something in mind; figures of results come later."""
    formula = _first_formula(chapter)
    pictures = [each.line for each in chapter.directives if each.name == "picture"]
    if not any(_is_before(chapter, line, formula) for line in pictures):
        where = max(chapter.front_end, 1) if not chapter.is_notebook else 0
        yield Found(formula or where, 0, ("the first formula" if formula else "the end",))


@rule(
    "example-first",
    "no example in numbers stands before the first formula",
    "work one out in small numbers, by a cell with ':values:', and write them as {{value}}`3 <cell.name>`",
    bad=f"## The idea\n\n{_FORMULA}\n{_EXAMPLE}",
    good=f"## The idea\n\n{_EXAMPLE}\n{_FORMULA}",
)
def example_first(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A general formula says briefly what an example has shown; without one it has to be believed."""
    formula = _first_formula(chapter)
    examples = [each.line for each in chapter.links if each.kind == "value"]
    if formula and not any(_is_before(chapter, line, formula) for line in examples):
        yield Found(formula)
