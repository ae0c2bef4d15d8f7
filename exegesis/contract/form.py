"""The form of a file: as JupyterLab saves it, without blanks at ends of lines, without outputs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.text import UnreadableError, load_yaml

from .chapter import Chapter
from .code import in_cell
from .reading import read_chapter
from .rule import Book, Found, rule

_COLONS = re.compile(r"(?::[\w-]+:.*\n)+")
_NOTEBOOK = """\
{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "metadata": {},
   "outputs": [],
   "source": "1 + 1"
  }
 ]
}
"""


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes lists in one line, as jupytext does."""


_Dumper.add_representer(
    list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


@rule(
    "trailing-space",
    "there are blanks at the end of the line",
    "take them out; a line that is to end in the middle of a paragraph ends in '\\'",
    bad="# A Paper\n\nText. \n",
    good="# A Paper\n\nText.\n",
    is_fixed=True,
)
def trailing_space(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Nobody sees them, and every editor that takes them out changes lines that nobody meant to change."""
    for number, line in enumerate(chapter.text.splitlines() if not chapter.is_notebook else (), start=1):
        if (stripped := line.rstrip(" \t")) != line:
            yield Found(number, len(stripped) + 1)


@rule(
    "canonical-form",
    "{0} not as JupyterLab saves it",
    "'exegesis check --fix' writes it so",
    bad=in_cell("x = 1", "---\nclaim: total\n---\n"),
    good=in_cell("x = 1", ":claim: total\n\n"),
    is_fixed=True,
)
def canonical_form(chapter: Chapter, book: Book) -> Iterator[Found]:
    """Saving a chapter from an editor then changes no line but those that its author changed."""
    if chapter.is_notebook:
        return
    text, new = chapter.text, canonical(chapter)
    if text == new:
        return
    lines, others = text.splitlines(), new.splitlines()
    line = next((n for n, (a, b) in enumerate(zip(lines, others, strict=False), 1) if a != b), len(lines))
    yield Found(line, 0, ("the front matter is" if line <= chapter.front_end else "the file is",))


@rule(
    "output",
    "the outputs of the cell are in the file",
    "'exegesis check --fix' takes them out; the build makes them",
    bad=_NOTEBOOK.replace("null", "1"),
    good=_NOTEBOOK,
    example="json",
    is_fixed=True,
)
def output(chapter: Chapter, book: Book) -> Iterator[Found]:
    """What is shown is what the build computed, and not what a file brought along."""
    for cell in chapter.cells:
        if cell.outputs:
            yield Found(cell.line)


def fixed(chapter: Chapter) -> str:
    """Return a chapter's text with what can be mended without changing what it says."""
    if chapter.is_notebook:
        return _without_outputs(chapter) if any(cell.outputs for cell in chapter.cells) else chapter.text
    return canonical(read_chapter(chapter.path, chapter.name, _stripped(chapter)))


def canonical(chapter: Chapter) -> str:
    """Return a chapter's text as jupytext writes it: front matter, cells' options, one empty line around each cell."""
    lines = chapter.text.splitlines()
    for cell in reversed(chapter.cells):
        begin, end = cell.options_line - 2, cell.end
        block = [lines[begin], *_canonical_cell("\n".join(lines[begin + 1 : end - 1])).splitlines(), lines[end - 1]]
        while begin > chapter.front_end and not lines[begin - 1].strip():
            begin -= 1
        while end < len(lines) and not lines[end].strip():
            end += 1
        lines[begin:end] = ["", *block, ""]
    found = split_front_matter(chapter.text)
    if found and isinstance(values := _loaded(found[0]), dict):
        lines[: found[1]] = ["---", *_dumped(values).splitlines(), "---"]
    return "\n".join(lines).rstrip() + "\n"


def _canonical_cell(content: str) -> str:
    """Return the options and the code of a cell."""
    if content.startswith("---\n") and (found := split_front_matter(content)):
        values, rest = _loaded(found[0]), "\n".join(content.splitlines()[found[1] :])
    elif options := _COLONS.match(content):
        values = _loaded("".join(line[1:] for line in options[0].splitlines(keepends=True)))
        rest = content[options.end() :]
    else:
        return content
    if not isinstance(values, dict) or not values:
        return content
    string, code = _dumped(dict(sorted(values.items()))), rest.strip("\n")
    if all(line and line[0].isalpha() for line in string.splitlines()):
        return "".join(f":{line}\n" for line in string.splitlines()) + "\n" + code
    return f"---\n{string}---\n{code}"


def _loaded(text: str) -> Any:
    try:
        return load_yaml(text)
    except UnreadableError:
        return None


def _dumped(values: dict[str, Any]) -> str:
    return str(yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def _stripped(chapter: Chapter) -> str:
    """Return the text without blanks at ends of lines, but for those within a text of a program."""
    lines = chapter.text.splitlines()
    kept: set[int] = set()
    for cell in chapter.cells:
        source = "\n".join(line.rstrip(" \t") for line in cell.source.splitlines())
        same = cell.tree is not None and ast.dump(ast.parse(source)) == ast.dump(cell.tree)
        kept |= set() if same else set(range(cell.line, cell.line + len(cell.source.splitlines())))
    code = {n for cell in chapter.cells for n in range(cell.line, cell.line + len(cell.source.splitlines()))}
    for number, line in enumerate(lines, start=1):
        if number in kept:
            continue
        stripped = line.rstrip(" \t")
        ends = line.endswith("  ") and stripped and number not in code and number > chapter.front_end
        breaks = ends and number < len(lines) and lines[number].strip()
        lines[number - 1] = f"{stripped}\\" if breaks and _is_prose(chapter, number) else stripped
    return "\n".join(lines) + "\n"


def _is_prose(chapter: Chapter, line: int) -> bool:
    return any(each.line <= line < each.line + each.text.count("\n") for each in chapter.prose)


def _without_outputs(chapter: Chapter) -> str:
    notebook = json.loads(chapter.text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    indent = 1 if re.match(r"\{\n \"", chapter.text) else 2
    return json.dumps(notebook, indent=indent, ensure_ascii=False) + "\n"
