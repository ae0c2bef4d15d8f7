"""A chapter with the files that it may read, to be run on another machine."""

from __future__ import annotations

import ast
import hashlib
import os
import posixpath
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from nbformat import NotebookNode

LIMIT = 16 * 2**20  # bytes of files that go along with one chapter
_PAGES = {".md", ".ipynb", ".rst"}
_MADE = {"_build", "__pycache__", "node_modules"}


class ParcelError(Exception):
    """A chapter can't be sent; the message says what can be done."""


@dataclass(frozen=True)
class Parcel:
    """A chapter's file and those that go along, by their paths below one folder."""

    chapter: str
    files: dict[str, bytes]

    @property
    def place(self) -> str:
        """Name what kernels that were forked in the chapter's folder have taken over from it."""
        folder = PurePosixPath(self.chapter).parent
        style = self.files.get(str(folder / "matplotlibrc"), b"")
        return hashlib.sha256(bytes(folder) + b"\0" + style).hexdigest()[:16]

    def is_inside(self, name: str) -> bool:
        """Say whether a path from the chapter's folder leads into the copy."""
        return PurePosixPath(name).parts.count("..") <= len(PurePosixPath(self.chapter).parent.parts)

    def missed(self, original: Path, names: Iterable[str]) -> list[str]:
        """Return what a run that read files and folders of these names would have found beside the original only."""
        folder, place = original.parent.resolve(), PurePosixPath(self.chapter).parent
        found = {name for name in names if (folder / name).is_file()}
        for name in names:
            if (folder / name).is_dir():
                entries = (entry.name for entry in (folder / name).iterdir() if entry.name != "__pycache__")
                found |= {posixpath.join(name, entry) for entry in entries}
        sent = {PurePosixPath(name) for name in self.files}
        sent |= {above for name in sent for above in name.parents}
        return sorted(
            posixpath.normpath(name) for name in found if PurePosixPath(posixpath.normpath(place / name)) not in sent
        )


class Packer:
    """Packs chapters; reads the folder that many of them share once."""

    def __init__(self) -> None:
        self._beside = lru_cache(8)(_beside)

    def pack(self, path: Path, notebook: NotebookNode) -> Parcel:
        """Collect a chapter's file, the files beside it and those that its code names.

        Raises:
            ParcelError: they are more than `LIMIT`.
        """
        folder = path.parent.resolve()
        named = [file.resolve() for file in _named(folder, notebook) if file.is_file()]
        base = Path(os.path.commonpath([folder, *(file.parent for file in named)]))
        files = {folder / name: data for name, data in self._beside(folder).items()}
        size = sum(len(data) for data in files.values())
        for file in named:
            if file not in files:
                size += file.stat().st_size
                if size > LIMIT:
                    raise _too_much(folder)
                files[file] = file.read_bytes()
        files[folder / path.name] = path.read_bytes()
        sent = {file.relative_to(base).as_posix(): data for file, data in files.items()}
        return Parcel((folder / path.name).relative_to(base).as_posix(), sent)


@contextmanager
def unpacked(parcel: Parcel, where: Path) -> Iterator[Path]:
    """Yield the chapter's file in a copy of its own below ``where``, which is emptied afterwards.

    Parcels of one place are unpacked at one path, and the chapter's folder itself stays:
    kernels for it are forked from a process that is already there.
    """
    top = where / parcel.place
    chapter = top / parcel.chapter
    try:
        chapter.parent.mkdir(parents=True, exist_ok=True)
        for name, data in parcel.files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(data)
        yield chapter
    finally:
        kept = {chapter.parent, *chapter.parent.parents}
        for folder in kept:
            if folder == top or top in folder.parents:
                for entry in folder.iterdir():
                    if entry.is_dir() and not entry.is_symlink():
                        if entry not in kept:
                            shutil.rmtree(entry, ignore_errors=True)
                    else:
                        entry.unlink()


def _beside(folder: Path) -> dict[str, bytes]:
    """Return the files in a chapter's folder and below, by name; not the pages, nor what is hidden or made."""
    files: dict[str, bytes] = {}
    size = 0
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _MADE and not name.startswith("."))
        for name in sorted(names):
            file = Path(inner, name)
            if not name.startswith(".") and file.suffix not in _PAGES and file.is_file():
                size += file.stat().st_size
                if size > LIMIT:
                    raise _too_much(folder)
                files[file.relative_to(folder).as_posix()] = file.read_bytes()
    return files


def _named(folder: Path, notebook: NotebookNode) -> Iterator[Path]:
    """Yield the files that a string in the code names, such as ``../data/table.csv``."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            nodes = list(ast.walk(ast.parse(cell.source)))
        except SyntaxError:
            continue
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 256:
                name = node.value
                if "\0" not in name and not Path(name).is_absolute():
                    yield folder / name


def _too_much(folder: Path) -> ParcelError:
    return ParcelError(
        f"the files beside it in {folder.name}/ are more than {LIMIT // 2**20} MiB, too much to send along; "
        "run it on this machine, or move the large files to a folder that its code names"
    )
