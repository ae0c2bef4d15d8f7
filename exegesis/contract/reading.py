"""Reads a chapter for the rules, by the parser that MyST uses with MyST's plug-ins; without Sphinx, running nothing."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from exegesis.catalogue.claims import VERBATIM
from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.text import UnreadableError, load_yaml

from .chapter import GAP, Cell, Chapter, Directive, Heading, Link, Prose

_DIRECTIVE = re.compile(r"\{(?P<name>[\w:.-]+)\}\s*(?P<argument>.*)")
_OPTION = re.compile(r"^:(?P<name>[\w-]+):\s*(?P<value>.*)$")


def read_chapter(path: Path, name: str, text: str) -> Chapter:
    """Read a chapter's text; of what can't be read as a notebook it has nothing, which the catalogue tells."""
    chapter = Chapter(path, name, text)
    reading = _Reading(chapter)
    if chapter.is_notebook:
        _read_notebook(chapter, reading)
    else:
        found = split_front_matter(text)
        if found:
            chapter.front, chapter.front_end = _mapping(found[0]), found[1]
        lines = text.splitlines()
        reading.read("\n".join([*[""] * chapter.front_end, *lines[chapter.front_end :]]), 1)
    return chapter


def _read_notebook(chapter: Chapter, reading: _Reading) -> None:
    try:
        notebook = json.loads(chapter.text)
        cells, chapter.front = notebook["cells"], notebook.get("metadata", {})
        for number, cell in enumerate(cells, start=1):
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            if cell["cell_type"] == "code":
                outputs = len(cell.get("outputs") or ()) + bool(cell.get("execution_count"))
                chapter.cells.append(Cell(source, number, cell.get("metadata", {}), number, number, outputs, True))
                chapter.blocks.append((number, number))
            elif cell["cell_type"] == "markdown":
                if found := split_front_matter(source) if number == 1 else None:
                    chapter.front = chapter.front | _mapping(found[0])
                    source = "\n".join(source.splitlines()[found[1] :])
                reading.read(source, number, numbered=True)
                chapter.blocks.append((number, number))
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError, RecursionError):
        return


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = load_yaml(text)
    except UnreadableError:
        return {}
    return found if isinstance(found, dict) else {}


@functools.cache
def _parser() -> MarkdownIt:
    """Return MyST's parser with the extensions that a book of papers has."""
    parser = MarkdownIt("commonmark").enable("table")
    for plugin in (myst_block_plugin, myst_role_plugin, footnote_plugin, colon_fence_plugin, deflist_plugin):
        parser.use(plugin)
    return parser.use(
        dollarmath_plugin, allow_labels=True, allow_space=False, allow_digits=False, double_inline=True
    ).disable(["footnote_inline", "footnote_tail"])


class _Reading:
    """One walk through a chapter's text."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter

    def read(self, text: str, first: int, *, numbered: bool = False, nested: bool = False) -> None:
        """Take in Markdown whose first line has this number; with ``numbered`` that of its cell."""
        heading = 0
        for token in _parser().parse(text):
            begin, end = token.map or (0, 0)
            line = first if numbered else first + begin
            if token.level == 0 and token.map and not (nested or numbered) and token.nesting >= 0:
                self.chapter.blocks.append((first + begin, first + end - 1))
            match token.type:
                case "heading_open":
                    heading = int(token.tag[1])
                case "inline":
                    self._inline(token, line, heading, numbered)
                    heading = 0
                case "fence" | "colon_fence":
                    self._fence(token, line, numbered, is_cell=not nested and token.level == 0)
                case "myst_line_comment":
                    self.chapter.comments += [
                        (line if numbered else line + number, each)
                        for number, each in enumerate(token.content.splitlines())
                    ]
                case "myst_target":
                    self.chapter.labels.add(token.content)
                case "math_block_label":
                    self.chapter.labels.add(token.info)
                    self.chapter.formulas.append(line)

    def _inline(self, token: Token, line: int, heading: int, numbered: bool) -> None:
        text = _plain(token)
        if heading:
            self.chapter.headings.append(Heading(heading, token.content, line))
        self.chapter.prose.append(Prose(text, line, numbered))
        at = line
        children = token.children or []
        for index, child in enumerate(children):
            if child.type in ("softbreak", "hardbreak") and not numbered:
                at += 1
            elif child.type == "link_open":
                inside = "".join(each.content for each in children[index + 1 :][:1] if each.type == "text")
                self.chapter.links.append(Link("link", str(child.attrs.get("href", "")), inside, at))
            elif child.type == "image":
                self.chapter.links.append(Link("image", str(child.attrs.get("src", "")), child.content, at))
            elif child.type == "myst_role":
                self.chapter.links.append(Link(str(child.meta.get("name", "")), child.content, "", at))
                at += 0 if numbered else child.content.count("\n")

    def _fence(self, token: Token, line: int, numbered: bool, *, is_cell: bool) -> None:
        found = _DIRECTIVE.match(token.info.strip())
        if not found:
            return
        texts, body, skipped = split_options(token.content)
        if found["name"] == "code-cell" and is_cell:
            source, end = body.lstrip("\n"), line + len(range(*(token.map or (0, 0)))) - 1
            first = line + 1 + skipped + len(body) - len(source)
            options, wrong = _values(token.content)
            self.chapter.cells.append(Cell(source.rstrip("\n"), first, options, line + 1, end, wrong=wrong))
            return
        self.chapter.directives.append(Directive(found["name"], found["argument"].strip(), texts, line, token.content))
        self.chapter.labels.update(filter(None, (texts.get("name"), texts.get("label"))))
        if found["name"] not in VERBATIM:
            self.read(body, line if numbered else line + 1 + skipped, numbered=numbered, nested=True)


def _plain(token: Token) -> str:
    """Return the text of a paragraph, emphasis taken off, so that a word with emphasis within is one."""
    parts = []
    for child in token.children or []:
        if child.type == "text":
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(f" {child.content} ")
        elif child.type not in ("em_open", "em_close", "strong_open", "strong_close", "link_open", "link_close"):
            parts.append(GAP + "\n" * child.content.count("\n"))
    return "".join(parts)


def split_options(content: str) -> tuple[dict[str, str], str, int]:
    """Split a directive's content into its options as text, its body, and the number of lines before that."""
    lines = content.splitlines()
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
        if end is not None:
            values = _mapping("\n".join(lines[1:end]))
            return {str(k): str(v) for k, v in values.items()}, "\n".join(lines[end + 1 :]), end + 1
    options: dict[str, str] = {}
    name, read = "", 0
    for line in lines:
        if found := _OPTION.match(line):
            name = found["name"]
            options[name] = "" if found["value"] in ("|", ">") else found["value"]
        elif name and line[:1].isspace() and line.strip():
            options[name] += f"\n{line.strip()}"
        else:
            break
        read += 1
    return options, "\n".join(lines[read:]), read


def _values(content: str) -> tuple[dict[str, Any], str]:
    """Return a cell's options as values, and what can't be read in them."""
    lines = content.splitlines()
    try:
        if lines and lines[0].strip() == "---":
            end = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---"), len(lines))
            found = load_yaml("\n".join(lines[1:end]))
            return found if isinstance(found, dict) else {}, ""
        options, _, _ = split_options(content)
        return {name: load_yaml(value) if value else True for name, value in options.items()}, ""
    except UnreadableError as error:
        return {}, error.what
