"""Exercises: each has its parts. Whether the solution passes and the starter does not, the build finds out."""

from __future__ import annotations

from collections.abc import Iterator

from exegesis.catalogue import CheckError
from exegesis.catalogue.exercises import Exercise, read_exercise
from exegesis.exercise import PARTS

from .chapter import Chapter
from .code import in_cell
from .rule import Book, Found, rule

_STARTER = in_cell("{'total': ...}", ":starter: adding\n\n")
_EXERCISE = (
    "```{exercise} adding\n:title: Add them up\n:check: total = 45\nWhat is the sum of the first ten numbers?\n```\n\n"
    + _STARTER
    + "\n"
)


@rule(
    "exercise",
    "{0}",
    "{1}",
    bad=_EXERCISE,
    good=_EXERCISE + in_cell("{'total': sum(range(10))}", ":solution: adding\n\n"),
    is_told=True,
)
def exercise(chapter: Chapter, book: Book) -> Iterator[Found]:
    """An exercise looks at the answer: the solution has to pass its checks, and what the reader begins with has not."""
    stated: list[Exercise] = []
    named = set()
    for each in chapter.directives:
        if each.name == "exercise":
            named.add(each.argument)
            try:
                read = read_exercise(each.argument, each.content.splitlines(), [other.id for other in stated])
                stated.append(read)
                wrong = read.unfit(*_count(chapter, read.id))
            except CheckError as error:
                wrong = str(error)
            if wrong:
                what, _, mend = wrong.partition("; ")
                yield Found(each.line, 1, (f"exercise '{each.argument}': {what}", mend or "correct it"))
    for line, name in _parts(chapter):
        if name not in named:
            yield Found(line, 0, (f"the exercise '{name}' is stated nowhere", f"add '{{exercise}} {name}'"))


def _count(chapter: Chapter, name: str) -> list[int]:
    """Return how many cells of each part, and how many words of a solution, bear a name."""
    words = sum(each.name == "solution" and each.argument == name for each in chapter.directives)
    return [*(sum(cell.options.get(part) == name for cell in chapter.cells) for part in PARTS), words]


def _parts(chapter: Chapter) -> Iterator[tuple[int, str]]:
    for cell in chapter.cells:
        yield from ((cell.line, str(cell.options[each])) for each in PARTS if cell.options.get(each))
    yield from ((each.line, each.argument) for each in chapter.directives if each.name == "solution")
