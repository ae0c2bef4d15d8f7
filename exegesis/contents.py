"""The table of contents, ``_toc.yml``: which pages a book has, read in one way by every command.

What its forms mean is sphinx-external-toc's; this adds the files, the lines, and what it leaves unsaid.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml
from sphinx_external_toc.parsing import TOCTREE_OPTIONS, parse_toc_data

from exegesis.catalogue.load import SUFFIXES
from exegesis.fault import Fault, Kind, closest
from exegesis.text import UnreadableError, compose_yaml, load_yaml, read_text

NAME = "_toc.yml"
_SUFFIXES = (*SUFFIXES, ".rst")
_LINKS = ("root", "file", "glob")
_APART = ("meta", "defaults", "options")  # keys below which there are no pages
_PLACE = re.compile(r" @ '(?P<path>[^']*)'")
_SET = re.compile(r"\{('[^{}]*')\}")


@dataclass(frozen=True)
class Page:
    """A page that is listed, or that a pattern finds."""

    path: Path
    line: int  # of _toc.yml


@dataclass
class Contents:
    """The pages of a book, in their order."""

    name: str = NAME  # what to call the file in a fault
    pages: dict[str, Page] = field(default_factory=dict)  # by docname; those that are there
    missing: dict[str, int] = field(default_factory=dict)  # docname: line
    faults: list[Fault] = field(default_factory=list)

    def outside(self, root: Path, chapters: Iterable[Path]) -> Iterator[Fault]:
        """Yield a fault for each chapter that is not listed."""
        for path in chapters:
            file = path.relative_to(root)
            docname = file.with_suffix("").as_posix()
            if docname not in self.pages:
                what = f"the chapter has no place in {self.name}"
                yield Fault(file.as_posix(), 1, what, line_to_add(docname, self.name), Kind.TOC.code)

    def add(self, docname: str, path: Path, line: int, told: str = "") -> None:
        """Add a page, or the fault that it stands twice."""
        if docname in self.pages:
            what = f"{told or repr(docname)} is at line {self.pages[docname].line} too"
            self.fault(line, what, "keep one of the two entries, with or without the file's ending")
        else:
            self.pages[docname] = Page(path, line)

    def fault(self, line: int, what: str, mend: str) -> None:
        self.faults.append(Fault(self.name, line, what, mend, Kind.TOC.code))


def line_to_add(docname: str, name: str = NAME) -> str:
    """Return how to give a page its place."""
    return f"add the line '- file: {docname}' there" if name == NAME else f"add '- file: {docname}' to {name}"


def read_contents(root: Path, name: str = NAME) -> Contents:
    """Read a book's table of contents.

    Args:
        root: the book's folder.
        name: the file, relative to it.

    Raises:
        UnreadableError: it can't be read; the message names the file.
    """
    try:
        text = read_text(root / name)
        tree, data = compose_yaml(text), load_yaml(text)
    except FileNotFoundError:
        raise UnreadableError(1, f"there is no {name}", "write one; it lists the book's pages") from None
    except UnreadableError as error:
        raise UnreadableError(error.line, f"{name} can't be read: {error.what}", error.mend) from None
    try:
        parse_toc_data(data)
    except Exception as error:  # the library raises many kinds
        raise _malformed(tree, name, error) from None
    contents = Contents(name)
    for option, line in _options(tree):
        if option not in TOCTREE_OPTIONS:
            contents.fault(line, f"there is no option '{option}'", closest(option, TOCTREE_OPTIONS))
    patterns = []
    for key, value, line in _entries(tree):
        if key == "glob":
            patterns.append((value, line))
            for docname, path in _matching(root, value):
                contents.add(docname, path, line, f"'{docname}', which '{value}' finds,")
        else:
            _add_file(contents, root, value, line)
    found = {page.line for page in contents.pages.values()}
    for value, line in patterns:
        if line not in found and not any(fault.line == line for fault in contents.faults):
            contents.fault(line, f"the pattern '{value}' finds no page", "correct it, or take the entry out")
    return contents


def _malformed(tree: yaml.Node | None, name: str, error: Exception) -> UnreadableError:
    """Return what sphinx-external-toc says, with the line; it writes sets as Python orders them this time."""
    told = " ".join(str(error).split()) or type(error).__name__
    line = 1
    if found := _PLACE.search(told):
        steps = [step for step in found["path"].split("/") if step]
        line = _line_of(tree, steps + re.findall(r"^'(\w+)'", told))
    elif "multiple times" in told:
        seen: set[str] = set()
        for _, value, at in _entries(tree):
            if value in seen:
                line = at
                break
            seen.add(value)
    told = _SET.sub(lambda found: ", ".join(sorted(found[1].split(", "))), _PLACE.sub("", told))
    told = told.partition(": <class")[0]
    return UnreadableError(line, f"{name} can't be read: {told}", "see the forms of a Jupyter Book's table of contents")


def _line_of(node: yaml.Node | None, steps: list[str]) -> int:
    """Return the line (from 1) of what is reached by these keys and numbers, as far as they lead."""
    for step in steps:
        inside = node.value if node is not None else []
        if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(inside):
            node = inside[int(step)]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in inside if key.value == step), node)
    return node.start_mark.line + 1 if node is not None else 1


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, str, int]]:
    """Yield the kind, the value and the line of each entry, in the order of the pages."""
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _entries(part)
    elif isinstance(node, yaml.MappingNode):
        pairs = [(key.value, value) for key, value in node.value]
        for key, value in pairs:
            if key in _LINKS and isinstance(value, yaml.ScalarNode):
                yield key, value.value, value.start_mark.line + 1
        for key, value in pairs:
            if key not in _APART:
                yield from _entries(value)


def _options(node: yaml.Node | None) -> Iterator[tuple[str, int]]:
    """Yield the options of listings, which sphinx-external-toc passes over where it does not know them."""
    for part in node.value if isinstance(node, yaml.SequenceNode) else ():
        yield from _options(part)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in ("defaults", "options") and isinstance(value, yaml.MappingNode):
            yield from ((option.value, option.start_mark.line + 1) for option, _ in value.value)
        elif key.value != "meta":
            yield from _options(value)


def _add_file(contents: Contents, root: Path, value: str, line: int) -> None:
    docname = _without_suffix(value)
    plain = PurePosixPath(os.path.normpath(docname.replace("\\", "/"))).as_posix().lstrip("/")
    if plain.startswith("../"):
        contents.fault(line, f"'{value}' is outside of the book's folder", "copy the page into the book")
    elif docname != plain:
        contents.fault(line, f"'{value}' is not how a page is named", f"write '{plain}', from the book's folder")
    elif path := _file(root, value, docname):
        contents.add(docname, path, line)
    else:
        contents.missing.setdefault(docname, line)
        contents.fault(line, f"there is no file for '{value}'", "correct the name, or take the entry out")


def _without_suffix(value: str) -> str:
    return next((value.removesuffix(suffix) for suffix in _SUFFIXES if value.endswith(suffix)), value)


def _file(root: Path, value: str, docname: str) -> Path | None:
    """Return the file of an entry; of several that have its name the one that Sphinx reads."""
    named = [root / value] if value != docname else []
    paths = [*named, *(root / f"{docname}{suffix}" for suffix in _SUFFIXES), root / value]
    if path := next((path for path in paths if os.path.isfile(path)), None):  # noqa: PTH113 (a name may be too long)
        return path
    folder = (root / docname).parent  # an ending of another format that the book has
    stem = PurePosixPath(docname).name
    others = folder.iterdir() if folder.is_dir() else ()
    return next((path for path in sorted(others) if path.stem == stem and path.is_file()), None)


def _matching(root: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    """Yield the pages that a pattern finds, by name, as Sphinx's."""
    from sphinx.util.matching import patmatch  # it takes a while to import

    if pattern.startswith("/") or ".." in pattern.split("/"):
        return
    steps = re.split(r"[*?\[]", pattern, maxsplit=1)[0].rpartition("/")[0]
    found = {}
    for folder, folders, files in os.walk(root / steps):
        folders[:] = [name for name in folders if not name.startswith((".", "_build"))]
        for name in files:
            path = Path(folder, name)
            docname = path.relative_to(root).with_suffix("").as_posix()
            if path.suffix in _SUFFIXES and not name.startswith(".") and patmatch(docname, pattern):
                found[docname] = path
    yield from sorted(found.items())
