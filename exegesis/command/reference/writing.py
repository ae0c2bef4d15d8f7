"""The page of what an author writes: front matter, records, directives, roles and cells, as they are declared."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from exegesis.catalogue import claims, exercises
from exegesis.catalogue.fields import INHERITING, TYPES, table
from exegesis.catalogue.frontmatter import KEYS
from exegesis.sphinxext.page.editing import ProposeDirective
from exegesis.sphinxext.reading import cells, listings, pictures
from exegesis.sphinxext.reading.claims import ClaimDirective
from exegesis.sphinxext.reading.exercises import ExerciseDirective, SolutionDirective
from exegesis.sphinxext.reading.paths import PathDirective
from exegesis.sphinxext.reading.values import ValueRole

_BEGINNING = """\
# What one can write

% Made by 'make reference' from exegesis/catalogue/ and exegesis/sphinxext/reading/.

All that this package adds to what a page of Markdown can have; [](write.md) says what to do with it.
Beside it there is what [MyST](https://mystmd.org) and [MyST-NB](https://myst-nb.readthedocs.io) have.
A name that there is not is told with the nearest that there is.

(front-matter)=
## The front matter
"""
_RECORDS = """\
(fields-of-records)=
## The fields of a record
"""
_DIRECTIVES = "## Directives\n"
_ROLES = "## Roles\n"
_CELLS = """\
## Cells

A cell is a `{code-cell}`, or a code cell of a notebook, where an option is a key of its metadata.
These options mean something:
"""
_TAGS = "\nAnd these tags:\n"
#: Each directive of this package, and its options.
DIRECTIVES: dict[str, tuple[type, Mapping[str, str]]] = {
    "claim": (ClaimDirective, claims.OPTIONS),
    "exercise": (ExerciseDirective, exercises.OPTIONS),
    "solution": (SolutionDirective, {}),
    "picture": (pictures.PictureDirective, pictures.OPTIONS),
    "listing": (listings.ListingDirective, {}),
    "path": (PathDirective, {}),
    "propose": (ProposeDirective, {}),
}
#: ... and each role.
ROLES: dict[str, type] = {"value": ValueRole}


def page() -> str:
    """Return the page."""
    parts = [_BEGINNING, *_keys(), "", _RECORDS, table(), *_types(), "", _DIRECTIVES]
    for name, (made, options) in DIRECTIVES.items():
        parts += [f"(directive-{name})=", f"### {name}", "", _first(made), ""]
        parts += [*_named("option", {f":{each}:": what for each, what in options.items()}), ""] if options else []
        parts += [*_named("kind", listings.KINDS), ""] if name == "listing" else []
    parts += [_ROLES]
    for name, made in ROLES.items():
        parts += [f"(role-{name})=", f"### {name}", "", _first(made), ""]
    return "\n".join([*parts, _CELLS, *_named("option", cells.OPTIONS), _TAGS, *_named("tag", cells.TAGS)]) + "\n"


def _keys() -> Iterator[str]:
    needed = {name: "; needed" if key.required else "" for name, key in KEYS.items()}
    wants = {name: key.wants.format(bibliography="`references.bib`") for name, key in KEYS.items()}
    yield from _named("key", {name: wants[name] + needed[name] for name in KEYS})


def _types() -> Iterator[str]:
    """Yield what kinds of records there are."""
    yield from ("| record | what it needs beside these |", "|---|---|")
    for name, fields in TYPES.items():
        yield f"| `@{name}` | {', '.join(f'`{field}`' for field in fields) or 'nothing'} |"
    yield f"\nEach record is whole: {', '.join(f'`{name}`' for name in INHERITING)} are told."


def _named(what: str, meanings: Mapping[str, str]) -> Iterator[str]:
    yield from (f"| {what} | what it is |", "|---|---|")
    yield from (f"| `{name}` | {meaning} |" for name, meaning in meanings.items())


def _first(made: type) -> str:
    """Return the first paragraph of a docstring: the form in code, what it is, and what it makes."""
    first = (inspect.getdoc(made) or "").partition("\n\n")[0]
    return " ".join(first.split())
