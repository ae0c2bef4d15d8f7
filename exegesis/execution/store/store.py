"""Results of executed notebooks.

A result belongs to one notebook at one place: it is known by the notebook's path in the book, its
code, and what the run read (`Needs`). ``index.db`` says which results there are, and beside it is a
file for each: the code cells with their outputs. What has changed since is not found.

A result is forgotten when no build has used it for `KEPT` days.
"""

from __future__ import annotations

import copy
import datetime
import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import myst_nb
import myst_parser
import nbformat
from nbformat import NotebookNode, v4

from exegesis.execution.frames import moved
from exegesis.execution.notebook import AS_USUAL, Options
from exegesis.execution.uses import Use
from exegesis.exercise import PARTS
from exegesis.kernel.environment import decisive

from .index import open_index
from .needs import Current, Needs, presumed_needs

__all__ = ["KEPT", "Result", "Store", "with_outputs"]

KEPT = 60  # days
#: What a run adds to a notebook's metadata and its page shows.
_METADATA = ("kernelspec", "language_info", "widgets")


@dataclass(frozen=True)
class Result:
    """What a notebook gave when it was run."""

    id: str  # 64 hexadecimal digits; empty for a notebook that failed
    file: Path  # a notebook of its code cells alone, with their outputs
    seconds: float  # that it took
    needs: Needs = field(default_factory=Needs)  # what it depends on
    digest: str = ""  # of the file as it was written

    @property
    def is_whole(self) -> bool:
        """Whether the file is as it was written: a notebook that was run since may have reached it."""
        try:
            return not self.digest or _digest(self.file) == self.digest
        except OSError:
            return False

    @property
    def uses(self) -> tuple[Use, ...]:
        """What it used that can't be held to."""
        return tuple(Use(*use) for use in self.needs.uses)


@dataclass(frozen=True)
class _Row:
    id: str
    place: str
    key: str
    needs: str
    digest: str
    stamp: str
    seconds: float
    used: str

    @property
    def read_needs(self) -> Needs:
        return Needs(**json.loads(self.needs))


class Store:
    """The results of executed notebooks. One process at a time may write."""

    def __init__(
        self,
        path: Path,
        root: Path | None = None,
        environment: Mapping[str, str | None] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Open the store at ``path`` of the book at ``root``: by default the folder around its ``_build``.

        ``environment`` has the variables that all results depend on, with their values; ``variables`` all that
        kernels get, by default this process's: a result depends on those that it read.
        """
        self.path = path
        self.root = root or next((parent.parent for parent in path.parents if parent.name == "_build"), path.parent)
        self.environment = decisive(dict(os.environ)) if environment is None else environment
        path.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._failed, ignore_errors=True)
        self.variables = dict(os.environ) if variables is None else variables
        self._current = Current(self.variables)
        # The runner may be in another thread than whoever opened the store; never two at a time.
        self._index = open_index(path / "index.db")
        self._used: set[str] = set()
        self._texts: list[tuple[str, str, str]] = []  # to be noted

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._index.close()

    def find_text(self, text: str, path: Path, read_by: str = "") -> Result | None:
        """Return the result of a notebook that was read before from this very text.

        To make notebooks of all files is most of what is to be done when none has changed.

        Args:
            text: of the file.
            path: of the file.
            read_by: what else decides how it is read and run, such as the book's settings.
        """
        found = self._index.execute("SELECT digest, id FROM text WHERE place = ?", (self._place(path),)).fetchone()
        if found is None or found[0] != self._text_digest(text, read_by):
            return None
        row = next((row for row in self._rows("WHERE id = ?", found[1]) if self._holds(row, path.parent)), None)
        return self._use(row) if row else None

    def find(self, notebook: NotebookNode, path: Path, options: Options = AS_USUAL) -> Result | None:
        """Return the result of a notebook, or None where there is none that still holds.

        Nothing holds any longer of which the code, the kernel, a file that it read or the version of a package
        that it imported has changed.
        """
        key = self._key(notebook, path, options)
        row = next((row for row in self._rows("WHERE key = ?", key) if self._holds(row, path.parent)), None)
        return self._use(row) if row else None

    def put(
        self,
        notebook: NotebookNode,
        path: Path,
        seconds: float,
        needs: Needs | None = None,
        options: Options = AS_USUAL,
    ) -> Result:
        """Store an executed notebook.

        Args:
            notebook: with its outputs.
            path: its file.
            seconds: that it ran.
            needs: what it read; without them they are presumed from its code.
            options: what it asked for.
        """
        key, place = self._key(notebook, path, options), self._place(path)
        told = json.dumps(asdict(needs or presumed_needs(notebook, path, self.root)), sort_keys=True)
        own = hashlib.sha256(f"{key}\0{told}".encode()).hexdigest()
        file = self._file(own)
        _write(notebook, file)
        row = _Row(own, place, key, told, _digest(file), _stamp(file), seconds, datetime.date.today().isoformat())
        with self._index:
            self._index.execute(
                "INSERT OR REPLACE INTO result VALUES (:id, :place, :key, :needs, :digest, :stamp, :seconds, :used)",
                asdict(row),
            )
        return self._use(row)

    def put_failed(self, notebook: NotebookNode, path: Path, seconds: float) -> Result:
        """Keep how far a notebook came that failed, for the page of this build; the next one will run it again."""
        name = hashlib.sha256(self._place(path).encode()).hexdigest()
        _write(notebook, file := self._failed / f"{name}.ipynb")
        return Result("", file, seconds, digest=_digest(file))

    def note_text(self, text: str, path: Path, result: Result, read_by: str = "") -> None:
        """Note that a notebook with this result was read from this text: see `find_text`."""
        self._texts.append((self._place(path), self._text_digest(text, read_by), result.id))

    def last_seconds(self) -> dict[Path, float]:
        """Return how long each file's notebook ran when it last did, in seconds."""
        return {self.root / row.place: row.seconds for row in self._rows("ORDER BY rowid")}

    def forget(self) -> None:
        """Note what was used since the store was opened, and remove what has not been for `KEPT` days."""
        today = datetime.date.today()
        oldest = (today - datetime.timedelta(days=KEPT)).isoformat()
        with self._index:
            self._index.executemany(
                "UPDATE result SET used = ? WHERE id = ?", [(today.isoformat(), used) for used in self._used]
            )
            self._index.executemany("INSERT OR REPLACE INTO text VALUES (?, ?, ?)", self._texts)
        for row in self._rows("WHERE used < ?", oldest):
            self._file(row.id).unlink(missing_ok=True)
            with self._index:
                self._index.execute("DELETE FROM result WHERE id = ?", (row.id,))
        os.utime(self.path)  # when it was last asked: see `exegesis.command.startup`

    def _use(self, row: _Row) -> Result:
        self._used.add(row.id)
        return Result(row.id, self._file(row.id), row.seconds, row.read_needs, row.digest)

    def _place(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.root)).as_posix()

    def _key(self, notebook: NotebookNode, path: Path, options: Options) -> str:
        """Return a digest of what a run depends on and the notebook itself tells."""
        told = {
            "format": 3,
            "machine": [sys.implementation.name, sys.platform, platform.machine()],
            "environment": dict(self.environment),
            "place": self._place(path),
            "kernel": notebook.metadata.get("kernelspec", {}).get("name"),
            "options": [options.allow_errors, options.in_temp],
            "cells": [
                [
                    cell.source,
                    sorted({"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", ()))),
                    moved(cell.metadata),
                    *(name for name in PARTS if cell.metadata.get(name)),
                ]
                for cell in notebook.cells
                if cell.cell_type == "code"
            ],
        }
        return _sha256(told)

    def _text_digest(self, text: str, read_by: str) -> str:
        read_with = [myst_nb.__version__, myst_parser.__version__, nbformat.__version__, read_by]
        return _sha256([*read_with, dict(self.environment), text])

    def _holds(self, row: _Row, folder: Path) -> bool:
        file = self._file(row.id)
        try:
            intact = _stamp(file) == row.stamp or _digest(file) == row.digest
        except OSError:
            return False
        try:
            return intact and self._current.fulfils(row.read_needs, folder)
        except (ValueError, TypeError, AttributeError):  # the row itself is torn
            return False

    def _rows(self, where: str = "", *values: str) -> Iterator[_Row]:
        return (_Row(*row) for row in self._index.execute(f"SELECT * FROM result {where}", values).fetchall())

    def _file(self, own: str) -> Path:
        return self.path / "results" / f"{own}.ipynb"

    @property
    def _failed(self) -> Path:
        return self.path / "failed"


def with_outputs(notebook: NotebookNode, file: Path) -> NotebookNode:
    """Return a notebook with the outputs of its result.

    Raises:
        OSError: the result is gone.
    """
    executed: Any = v4.reads(file.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call]
    merged: NotebookNode = copy.deepcopy(notebook)
    merged.metadata.update({name: executed.metadata[name] for name in _METADATA if name in executed.metadata})
    code = (cell for cell in merged.cells if cell.cell_type == "code")
    for cell, done in zip(code, executed.cells, strict=True):
        cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return merged


def _write(notebook: NotebookNode, file: Path) -> None:
    """Put the code cells of an executed notebook in their place in one step."""
    cells = [
        v4.new_code_cell(  # type: ignore[no-untyped-call]
            cell.source, id=str(number), outputs=cell.get("outputs", []), execution_count=cell.get("execution_count")
        )
        for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code")
    ]
    metadata = {name: notebook.metadata[name] for name in _METADATA if name in notebook.metadata}
    kept = v4.new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as open_part:
        open_part.write(v4.writes(kept))  # type: ignore[no-untyped-call]
        open_part.flush()
        os.fsync(open_part.fileno())  # else it may have its name and its size and not yet its text, where power fails
    part.replace(file)


def _sha256(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _stamp(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
