"""The page of what is bent of others' insides, made from the docstrings of the modules that do it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import exegesis

from .source import Module, markdown, read

_BEGINNING = """\
# What is bent

% Made by 'make reference' from the docstrings of exegesis/sphinxext/patches/, exegesis/execution/patches.py
% and exegesis/schema.py.

Where a library has no supported way in, its insides are bent.
All of that stands in `exegesis/sphinxext/patches/`, a module for each.
Where there is no Sphinx it stands in `exegesis/execution/patches.py` and `exegesis/schema.py`.
Each says why, and in which version what it assumes was seen.
Tests in `tests/sphinxext/patches/`, `tests/execution/test_sphinx.py` and `tests/test_schema.py`
fail when that is no longer so.
So what an upgrade breaks, it breaks here.

| module | what | seen in |
|---|---|---|
"""
_SEEN = re.compile(r"\b[Ss]een in (.+?)(?:[;:]|\.(?=\s|$))", re.DOTALL)

_ISSUE = re.compile(r"https://github\.com/[\w-]+/([\w-]+)/issues/(\d+)")


def modules() -> list[Module]:
    """Return the modules that bend something, by name."""
    package = Path(exegesis.__file__).parent
    paths = [
        package / "execution" / "patches.py",
        package / "schema.py",
        *sorted((package / "sphinxext" / "patches").glob("[!_]*.py")),
    ]
    return [read(".".join(path.relative_to(package.parent).with_suffix("").parts)) for path in paths]


def seen_in(module: Module) -> str:
    """Return the releases that a module names; nothing if it names none."""
    found = _SEEN.search(module.docstring)
    return " ".join(found[1].split()) if found else ""


def page() -> str:
    """Return the page."""
    return _BEGINNING + "\n".join([*_table(), "", *_reasons()]).rstrip() + "\n"


def _title(module: Module) -> str:
    """Return what tells it from the others, short enough for a phone."""
    return module.name.removeprefix("exegesis.").removeprefix("sphinxext.patches.")


def _table() -> Iterator[str]:
    for module in modules():
        what, _, _ = module.docstring.partition("\n\n")
        yield f"| {_title(module)} | {' '.join(what.split())} | {seen_in(module)} |"


def _reasons() -> Iterator[str]:
    for module in modules():
        _, _, why = module.docstring.partition("\n\n")
        yield from (f"## {_title(module)}", "", _ISSUE.sub(r"[\1 #\2](\g<0>)", markdown(why)), "")
