"""What a result depends on beside its code: files, and the versions of what it imports."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from exegesis.execution.imports import imported_names, parsed
from exegesis.execution.seen import Seen
from exegesis.execution.uses import uses_of
from exegesis.kernel.looks import ALL, state

# Every output comes through these.
PYTHON = "python"
KERNEL = (PYTHON, "ipykernel", "ipython", "matplotlib-inline")
_LOOK = "matplotlibrc"  # read when matplotlib is imported, perhaps before the kernel was forked
_CHANGED = "changed while it was read"  # matches no digest


@dataclass(frozen=True)
class Needs:
    """What must be the same. Paths are from the notebook's folder, or absolute outside of the book."""

    files: dict[str, str | None] = field(default_factory=dict)  # digests; None: it is not there
    versions: dict[str, str | None] = field(default_factory=dict)  # of packages
    looks: dict[str, str | None] = field(default_factory=dict)  # what was there: see `exegesis.kernel.looks.state`
    variables: dict[str, str | None] = field(default_factory=dict)  # digests of values; None: it is not set
    #: What it used that can't be held to: see `exegesis.execution.uses.Use`.
    uses: list[tuple[int, int, str, str]] = field(default_factory=list)


class Current:
    """What is there now, each thing looked at once."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Take the variables that kernels get."""
        self._variables = variables
        self._digests: dict[str, str | None] = {}
        self._versions: dict[str, str | None] = {}

    def fulfils(self, needs: Needs, folder: Path) -> bool:
        """Say whether a result with these needs is still what a run would give."""
        return (
            all(self.version(name) == version for name, version in needs.versions.items())
            and all(variable_digest(self._variables, name) == value for name, value in needs.variables.items())
            and all(state(str(folder / path), " " in (found or "")) == found for path, found in needs.looks.items())
            and all(self.digest(os.path.normpath(folder / path)) == digest for path, digest in needs.files.items())
        )

    def digest(self, path: str) -> str | None:
        if path not in self._digests:
            self._digests[path] = _digest(Path(path))
        return self._digests[path]

    def version(self, name: str) -> str | None:
        if name not in self._versions:
            self._versions[name] = _version(name)
        return self._versions[name]


def recorded_needs(
    notebook: NotebookNode, path: Path, root: Path, seen: Seen, variables: Mapping[str, str], begin: float
) -> Needs:
    """Return the needs of a run.

    A file that changed after ``begin`` (seconds since the epoch) may have been read before: it counts as stale.

    Args:
        notebook: that was run.
        path: its file.
        root: the book's: below it paths are told from the notebook's folder.
        seen: what its kernel saw.
        variables: that it got.
        begin: when it was started.
    """
    read = {os.path.normpath(path.parent / file) for file in seen.files}
    read |= {found for name in seen.programs if (found := shutil.which(name, path=variables.get("PATH")))}
    looks = {os.path.normpath(path.parent / name): found for name, found in seen.looks.items()}
    named = _named(notebook, path)  # a process may have read them, or a library in C
    if not any(act.kind == "processes" for act in seen.acts):
        named = {file for file in named - looks.keys() if Path(file).stat().st_mtime <= begin}
    read |= named
    digests = {}
    for file in read | set(_implied(notebook, path)):
        late = Path(file).exists() and Path(file).stat().st_mtime > begin
        digests[_relative(file, path, root)] = _CHANGED if late and file in read else _digest(Path(file))
    modules = [path.parent / name for name in seen.files if name.endswith(".py")]
    uses = [astuple(use) for use in uses_of(notebook, seen, modules)]
    looks = {_relative(file, path, root): found for file, found in looks.items()}
    values = {name: variable_digest(variables, name) for name in seen.variables}
    return Needs(digests, _versions({*seen.modules, *imported_names(notebook)}), looks, values, uses)


def presumed_needs(notebook: NotebookNode, path: Path, root: Path) -> Needs:
    """Return what a notebook presumably read whose kernel does not tell: the files that its code names."""
    files = _named(notebook, path) | set(_implied(notebook, path))
    digests = {_relative(file, path, root): _digest(Path(file)) for file in files}
    return Needs(digests, _versions(imported_names(notebook)))


def variable_digest(variables: Mapping[str, str], name: str) -> str | None:
    """Return a digest of a variable's value, which may be a secret; None if it is not set."""
    value = json.dumps(sorted(variables.items())) if name == ALL else variables.get(name)
    return None if value is None else hashlib.sha256(value.encode(errors="surrogateescape")).hexdigest()


def _named(notebook: NotebookNode, path: Path) -> set[str]:
    """Return the files that a notebook's code names, words of a text too: a command may be one."""
    texts = (text for tree in parsed(notebook) for text in _texts(tree))
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    commands = (line for cell in cells for line in cell.splitlines() if line.lstrip().startswith(("!", "%")))
    words = {word for text in (*texts, *commands) if len(text) < 2000 for word in (text, *text.split())}
    return {
        os.path.normpath(path.parent / word)
        for word in words
        if "\0" not in word and len(word) < 200 and (path.parent / word).is_file()
    }


def _implied(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Files beside the notebook that would be read if they were there."""
    yield str(path.parent / _LOOK)
    for name in imported_names(notebook):
        yield str(path.parent / f"{name}.py")
        yield str(path.parent / name / "__init__.py")


def _texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _relative(file: str, path: Path, root: Path) -> str:
    """Return a path from the notebook's folder, so that a book may move; outside of it, where it is."""
    inside = Path(file).is_relative_to(root)
    return Path(os.path.relpath(file, path.parent) if inside else file).as_posix()


def _digest(path: Path) -> str | None:
    try:
        if path.is_dir():
            names = sorted(entry.name for entry in path.iterdir() if entry.name != "__pycache__")
            return hashlib.sha256("\0".join(names).encode()).hexdigest()
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _versions(modules: Iterable[str]) -> dict[str, str | None]:
    """Return the installed versions of the distributions of these modules, and of all that those require."""
    found: dict[str, str | None] = {}  # by names in one spelling
    todo = [canonicalize_name(name) for module in modules for name in distributions_of(module)]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = _version(name)
            todo += map(canonicalize_name, _requirements(name))
    return dict(sorted((found | {name: _version(name) for name in KERNEL}).items()))


def required_versions(name: str) -> dict[str, str]:
    """Return the installed versions of what a distribution itself requires."""
    found = {canonicalize_name(each): _version(each) for each in _requirements(name)}
    return {each: version for each, version in found.items() if version}


@functools.cache
def distributions_of(module: str) -> tuple[str, ...]:
    """Return the names of the distributions that a module comes from: none for Python's own, and for a local one."""
    if module in sys.stdlib_module_names:
        return ()
    if _version(module):
        return (module,)
    return tuple(find_packages().get(module, ()))


@functools.cache
def find_packages() -> dict[str, list[str]]:
    """Return which distributions each module comes from: some tenths of a second, the first time."""
    return dict(importlib.metadata.packages_distributions())


@functools.cache
def _requirements(name: str) -> tuple[str, ...]:
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return ()
    requirements = [Requirement(line) for line in lines]
    return tuple(r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""}))


def _version(name: str) -> str | None:
    if name == PYTHON:
        return ".".join(map(str, sys.version_info[:3]))
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None
