"""What a result depends on beside its code: files, and the versions of what it imports."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from exegesis.execution.imports import imported_names, parsed

# Every output comes through these.
PYTHON = "python"
KERNEL = (PYTHON, "ipykernel", "ipython", "matplotlib-inline")
_LOOK = "matplotlibrc"  # read when matplotlib is imported, perhaps before the kernel was forked
_CHANGED = "changed while it was read"  # matches no digest


@dataclass(frozen=True)
class Needs:
    """Digests of files by their path from the notebook's folder (None: it is not there); versions of packages."""

    files: dict[str, str | None] = field(default_factory=dict)
    versions: dict[str, str | None] = field(default_factory=dict)


class Current:
    """What is there now, each thing looked at once."""

    def __init__(self) -> None:
        self._digests: dict[str, str | None] = {}
        self._versions: dict[str, str | None] = {}

    def fulfils(self, needs: Needs, folder: Path) -> bool:
        """Say whether a result with these needs is still what a run would give."""
        return all(self.version(name) == version for name, version in needs.versions.items()) and all(
            self.digest(os.path.normpath(folder / path)) == digest for path, digest in needs.files.items()
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
    notebook: NotebookNode, path: Path, root: Path, files: Iterable[str], modules: Iterable[str], begin: float
) -> Needs:
    """Return the needs of a run: the files under ``root`` that it read, and what it imported.

    A file that changed after ``begin`` (seconds since the epoch) may have been read before: it counts as stale.
    """
    inside = {file for file in files if Path(file).is_relative_to(root)}
    digests = {}
    for file in inside | set(_implied(notebook, path)):
        late = Path(file).exists() and Path(file).stat().st_mtime > begin
        digests[_relative(file, path)] = _CHANGED if late and file in inside else _digest(Path(file))
    return Needs(digests, _versions({*modules, *imported_names(notebook)}))


def presumed_needs(notebook: NotebookNode, path: Path) -> Needs:
    """Return what a notebook presumably read whose kernel does not tell: the files that its code names."""
    named = {
        os.path.normpath(path.parent / text)
        for tree in parsed(notebook)
        for text in _texts(tree)
        if "\0" not in text and len(text) < 200 and (path.parent / text).is_file()
    }
    files = named | set(_implied(notebook, path))
    return Needs({_relative(file, path): _digest(Path(file)) for file in files}, _versions(imported_names(notebook)))


def _implied(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Files beside the notebook that would be read if they were there."""
    yield str(path.parent / _LOOK)
    for name in imported_names(notebook):
        yield str(path.parent / f"{name}.py")
        yield str(path.parent / name / "__init__.py")


def _texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _relative(file: str, path: Path) -> str:
    return Path(os.path.relpath(file, path.parent)).as_posix()


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
    todo = [canonicalize_name(name) for module in modules for name in _distributions(module)]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = _version(name)
            todo += map(canonicalize_name, _requirements(name))
    return dict(sorted((found | {name: _version(name) for name in KERNEL}).items()))


@functools.cache
def _distributions(module: str) -> tuple[str, ...]:
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
