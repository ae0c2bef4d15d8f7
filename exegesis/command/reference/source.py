"""What a module says of itself, read from its text: names, signatures, docstrings and the comments beside fields.

Nothing is imported. Types are shown as they are written, and a field's comment, which says its unit or what
None means, is no part of what Python itself keeps.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import cleandoc
from itertools import zip_longest
from pathlib import Path

import exegesis

_WIDTH = 79
_SECTION = re.compile(r"(Args|Returns|Raises|Yields):$")
_ITEM = re.compile(r" {4}(\w[\w., ]*): (.*)")  # what goes on is indented further
_LISTS = ("Args", "Raises")
_TITLES = {"Args": "Takes"}
_CODE = re.compile(r"``([^`]+)``|`([^`]+)`")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.ClassDef | Function


@dataclass(frozen=True)
class Module:
    """A module, by its text."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def comments(self) -> dict[int, str]:
        """Its comments, by line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    @property
    def docstring(self) -> str:
        """What it says of itself."""
        return ast.get_docstring(self.tree) or ""

    def public(self) -> Iterator[tuple[Module, Definition]]:
        """Yield what the module offers, each with the module that defines it.

        That are its classes and functions without a leading underscore, or those that ``__all__`` names.
        """
        if (wanted := self._wanted()) is None:
            yield from ((self, node) for node in self._defined() if not node.name.startswith("_"))
        else:
            yield from map(self._find, wanted)

    def fields(self, node: ast.ClassDef) -> Iterator[str]:
        """Yield the fields of a class as they stand there, with their comments; of those that its constructor
        makes the ones that have a comment.
        """
        made = [
            each
            for method in node.body
            if isinstance(method, ast.FunctionDef) and method.name == "__init__"
            for each in method.body
            if self._comment(each) and ast.unparse(each).startswith("self.")
        ]
        for each in [*node.body, *made]:
            text = " ".join((ast.get_source_segment(self.text, each) or "").split()).removeprefix("self.")
            if isinstance(each, ast.Assign | ast.AnnAssign) and not text.startswith("_"):
                comment = self._comment(each)
                yield f"{text}{'  ' if comment else ''}{comment}"

    def _comment(self, node: ast.stmt) -> str:
        return self.comments.get(node.end_lineno or node.lineno, "")

    def _defined(self) -> Iterator[Definition]:
        return (node for node in self.tree.body if isinstance(node, Definition))

    def _wanted(self) -> list[str] | None:
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                wanted: list[str] = ast.literal_eval(node.value)
                return wanted
        return None

    def _find(self, name: str) -> tuple[Module, Definition]:
        """Return what a name of this module means, and the module that defines it."""
        for node in self.tree.body:
            if isinstance(node, Definition) and node.name == name:
                return self, node
            if isinstance(node, ast.ImportFrom) and name in [each.name for each in node.names]:
                return read(f"{self.name}.{node.module}" if node.level else f"{node.module}")._find(name)
        raise LookupError(f"{self.name} has no {name}")


@cache
def read(name: str) -> Module:
    """Read a module of this package by its name.

    Raises:
        FileNotFoundError: there is none.
    """
    path = Path(exegesis.__file__).parents[1].joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return Module(name, path.read_text(encoding="utf-8"))


def signature(node: Function) -> str:
    """Return a function's head, in lines that fit a page."""
    names = [decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)]
    cached = any("cached_property" in ast.unparse(decorator) for decorator in node.decorator_list)
    above = "".join(f"@{name}\n" for name in (*names, *(["property"] if cached else [])))
    head = f"{'async ' if isinstance(node, ast.AsyncFunctionDef) else ''}def {node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else ""
    parts = list(_parameters(node.args))
    line = f"{head}({', '.join(parts)}){returns}"
    if len(line) > _WIDTH:
        line = f"{head}(\n" + "".join(f"    {part},\n" for part in parts) + f"){returns}"
    return above + line


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    def shown(argument: ast.arg, default: ast.expr | None) -> str:
        if default is None:
            return ast.unparse(argument)
        return f"{ast.unparse(argument)}{' = ' if argument.annotation else '='}{_literal(default)}"

    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = zip_longest(reversed(positional), reversed(arguments.defaults))
    found = [shown(argument, default) for argument, default in pairs][::-1]
    if arguments.posonlyargs:
        found.insert(len(arguments.posonlyargs), "/")
    yield from found
    if arguments.vararg:
        yield f"*{ast.unparse(arguments.vararg)}"
    elif arguments.kwonlyargs:
        yield "*"
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield shown(argument, default)
    if arguments.kwarg:
        yield f"**{ast.unparse(arguments.kwarg)}"


def _literal(node: ast.expr) -> str:
    """Return code with strings in the quotes that they have here."""
    text = node.value if isinstance(node, ast.Constant) else None
    return json.dumps(text, ensure_ascii=False) if isinstance(text, str) else ast.unparse(node)


def markdown(docstring: str, targets: dict[str, str] | None = None) -> str:
    """Return a docstring as Markdown.

    Args:
        docstring: with Google's sections.
        targets: the labels of names; where a docstring refers to one, there is a link.
    """

    def shown(found: re.Match[str]) -> str:
        label = (targets or {}).get(found[2] or "")
        return f"[`{found[2]}`](#{label})" if label else f"`{found[1] or found[2]}`"

    section = ""
    lines: list[str] = []
    for line in cleandoc(docstring).splitlines():
        if found := _SECTION.match(line):
            section = found[1]
            lines.append(f"**{_TITLES.get(section, section)}**\n")
        elif section in _LISTS and (item := _ITEM.match(line)):
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            lines.append(f"  {line.strip()}" if section in _LISTS and line else line.strip())
    return _CODE.sub(shown, "\n".join(lines))
