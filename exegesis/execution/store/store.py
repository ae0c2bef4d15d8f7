"""Results of executed chapters, kept in a jupyter-cache that plain Jupyter Book reads too.

Jupyter-cache knows a result by its code and by all metadata of its cells. Ours, `result_key`
with `Needs`, covers what the result depends on and nothing else; `index.db` leads from it to
jupyter-cache's. What is stale has no row in jupyter-cache: nobody can hit it.

A result is forgotten when no build has used it for `KEPT` days.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import hashlib
import json
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import myst_nb
import myst_parser
import nbformat
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from nbformat import NotebookNode, v4

from exegesis.execution.frames import OPTION, has_all_frames
from exegesis.kernel.environment import FIXED

from .needs import PYTHON, Current, Needs, last_change, presumed_needs

LIMIT = 100_000  # results; jupyter-cache would evict after 1,000
KEPT = 60  # days

_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    hash TEXT PRIMARY KEY,  -- jupyter-cache's: where the result lies
    key TEXT NOT NULL,
    needs TEXT NOT NULL,
    digest TEXT NOT NULL,  -- of the file
    stamp TEXT NOT NULL,  -- its time and size, to look at before the digest
    uri TEXT NOT NULL,
    seconds REAL NOT NULL,
    used TEXT NOT NULL  -- the day
);
CREATE INDEX IF NOT EXISTS result_key ON result (key);
CREATE TABLE IF NOT EXISTS text (
    uri TEXT PRIMARY KEY,
    digest TEXT NOT NULL,  -- of the file's text and of what else decides how it is read
    key TEXT NOT NULL,
    hash TEXT NOT NULL
);
"""


def _surroundings(path: Path, root: Path) -> dict[str, Any]:
    return {
        "format": 1,
        "machine": [sys.implementation.name, sys.platform, platform.machine()],
        "environment": FIXED,
        "folder": Path(os.path.relpath(path.parent, root)).as_posix(),
    }


def _text_digest(text: str, path: Path, root: Path) -> str:
    readers = [myst_nb.__version__, myst_parser.__version__, nbformat.__version__]
    told = _surroundings(path, root) | {"readers": readers, "text": text}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def result_key(notebook: NotebookNode, path: Path, root: Path) -> str:
    """Return a digest of what a run depends on and the notebook itself tells."""
    told = _surroundings(path, root) | {
        "kernel": notebook.metadata.get("kernelspec", {}).get("name"),
        "execution": notebook.metadata.get("execution"),
        "cells": [
            [
                cell.source,
                sorted({"raises-exception", "skip-execution"} & set(cell.metadata.get("tags", ()))),
                cell.metadata.get(OPTION),
            ]
            for cell in notebook.cells
            if cell.cell_type == "code"
        ],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class _Row:
    hash: str
    key: str
    needs: str
    digest: str
    stamp: str
    uri: str
    seconds: float
    used: str

    @property
    def read_needs(self) -> Needs:
        return Needs(**json.loads(self.needs))


class Store:
    """The results of executed chapters. One process at a time may write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cache = get_cache(str(path))
        self._cache.change_cache_limit(LIMIT)
        self.root = next((parent.parent for parent in path.parents if parent.name == "_build"), path.parent)
        self._current = Current()
        # The runner may be in another thread than whoever opened the store; never two at a time.
        self._index = sqlite3.connect(self._cache.path / "index.db", timeout=30, check_same_thread=False)
        self._index.executescript(_SCHEMA)
        self._used: set[str] = set()
        self._shown: set[str] = set()  # what has a row in jupyter-cache
        self._texts: list[tuple[str, str, str, str]] = []  # to be noted
        self._drop_stale()

    def seconds_of_text(self, text: str, path: Path) -> float | None:
        """Return how long a notebook ran that has a result and was read before from this very text.

        To make notebooks of all files is most of what is to be done when none has changed.
        """
        found = self._index.execute("SELECT digest, key, hash FROM text WHERE uri = ?", (str(path),)).fetchone()
        if found is None or found[0] != _text_digest(text, path, self.root):
            return None
        row = next((row for row in self._rows("WHERE key = ? AND hash = ?", *found[1:])), None)
        if row is None or not self._holds(row, path.parent):
            return None
        if row.hash not in self._shown:
            self._show(row)
        self._used.add(row.hash)
        return row.seconds

    def seconds(self, notebook: NotebookNode, path: Path, text: str | None = None) -> float | None:
        """Return how long a notebook ran that has a result, or None where there is none.

        A result under other metadata, such as an alt text that was changed since, is put in under the present.
        With the text from which the notebook was read, it need not be read again to be asked for.
        """
        key = result_key(notebook, path, self.root)
        _, own = self._cache.create_hashed_notebook(notebook)
        rows = [row for row in self._rows("WHERE key = ?", key) if self._holds(row, path.parent)]
        if not rows:
            return None
        row = next((row for row in rows if row.hash == own), None)
        if row is None:
            row = rows[0]
            executed = self._read(row.hash)
            if executed is None:
                return None
            kept, _ = self._cache.create_hashed_notebook(_with_outputs(notebook, executed))
            self._write(kept, own, key, row.read_needs, path, row.seconds)
        elif own not in self._shown:
            self._show(row)
        self._note(own, key, path, text)
        return row.seconds

    def put(
        self,
        notebook: NotebookNode,
        path: Path,
        seconds: float,
        needs: Needs | None = None,
        text: str | None = None,
    ) -> None:
        """Store an executed notebook; without ``needs`` they are presumed; for ``text`` see `seconds`."""
        key = result_key(notebook, path, self.root)
        kept, own = self._cache.create_hashed_notebook(notebook)
        self._write(kept, own, key, needs or presumed_needs(notebook, path), path, seconds)
        self._note(own, key, path, text)

    def _note(self, own: str, key: str, path: Path, text: str | None) -> None:
        self._used.add(own)
        if text is not None:
            self._texts.append((str(path), _text_digest(text, path, self.root), key, own))

    def last_seconds(self) -> dict[Path, float]:
        """Return how long each file's notebook ran when it last did."""
        return {Path(row.uri): row.seconds for row in self._rows("ORDER BY rowid")}

    def forget(self) -> None:
        """Note what was used since the store was opened, and remove what has not been for `KEPT` days."""
        today = datetime.date.today()
        oldest = (today - datetime.timedelta(days=KEPT)).isoformat()
        with self._index:
            self._index.executemany(
                "UPDATE result SET used = ? WHERE hash = ?", [(today.isoformat(), used) for used in self._used]
            )
            self._index.executemany("INSERT OR REPLACE INTO text VALUES (?, ?, ?, ?)", self._texts)
        for row in self._rows("WHERE used < ?", oldest):
            self._hide(row.hash)
            shutil.rmtree(self._file(row.hash).parent, ignore_errors=True)
            with self._index:
                self._index.execute("DELETE FROM result WHERE hash = ?", (row.hash,))
        os.utime(self.path)  # when it was last asked: see `exegesis.command.startup`

    def _drop_stale(self) -> None:
        """Leave no row in jupyter-cache for what would not be found here.

        A crash can leave a row without its file, after which every build would die. Rows that
        plain Jupyter Book has written are taken in, if nothing they need is newer.
        """
        ours = {row.hash: row for row in self._rows()}
        for record in self._cache.list_cache_records():
            row = ours.get(record.hashkey)
            ours_still = row is not None and self._is_intact(row)
            if not (self._holds(row, Path(row.uri).parent) if row and ours_still else self._take_in(record)):
                NbCacheRecord.remove_record(record.pk, self._cache.db)
            else:
                self._shown.add(record.hashkey)

    def _take_in(self, record: NbCacheRecord) -> bool:
        path, executed = Path(record.uri), self._read(record.hashkey)
        if executed is None or not has_all_frames(executed) or not path.is_file():
            return False
        needs = presumed_needs(executed, path)
        created = record.created.replace(tzinfo=datetime.UTC).timestamp()
        python = executed.metadata.get("language_info", {}).get("version")
        if python not in (None, needs.versions[PYTHON]) or last_change(needs, path) > created:
            return False
        key, seconds = result_key(executed, path, self.root), record.data.get("execution_seconds", 0.0)
        self._record(record.hashkey, key, needs, path, float(seconds))
        return True

    def _holds(self, row: _Row, folder: Path) -> bool:
        return self._is_intact(row) and self._current.fulfils(row.read_needs, folder)

    def _is_intact(self, row: _Row) -> bool:
        file = self._file(row.hash)
        try:
            return _stamp(file) == row.stamp or _digest(file) == row.digest
        except OSError:
            return False

    def _write(self, kept: NotebookNode, own: str, key: str, needs: Needs, path: Path, seconds: float) -> None:
        """Put the file in its place in one step; then say that it is there."""
        file = self._file(own)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(v4.writes(kept), encoding="utf-8")  # type: ignore[no-untyped-call]
        part.replace(file)
        self._show(self._record(own, key, needs, path, seconds))

    def _record(self, own: str, key: str, needs: Needs, path: Path, seconds: float) -> _Row:
        file, today = self._file(own), datetime.date.today().isoformat()
        told = json.dumps(asdict(needs), sort_keys=True)
        row = _Row(own, key, told, _digest(file), _stamp(file), str(path), seconds, today)
        with self._index:
            self._index.execute(
                "INSERT OR REPLACE INTO result VALUES (:hash, :key, :needs, :digest, :stamp, :uri, :seconds, :used)",
                asdict(row),
            )
        return row

    def _show(self, row: _Row) -> None:
        """Give jupyter-cache a row for it."""
        self._hide(row.hash)
        NbCacheRecord.create_record(row.uri, row.hash, self._cache.db, data={"execution_seconds": row.seconds})
        self._shown.add(row.hash)

    def _hide(self, own: str) -> None:
        with contextlib.suppress(KeyError):  # it has none
            record = NbCacheRecord.record_from_hashkey(own, self._cache.db)
            NbCacheRecord.remove_record(record.pk, self._cache.db)
        self._shown.discard(own)

    def _rows(self, where: str = "", *values: str) -> Iterator[_Row]:
        return (_Row(*row) for row in self._index.execute(f"SELECT * FROM result {where}", values).fetchall())

    def _file(self, own: str) -> Path:
        return Path(self._cache.path, "executed", own, "base.ipynb")

    def _read(self, own: str) -> NotebookNode | None:
        """Return a stored notebook: its code cells; None where the file is gone or torn."""
        try:
            text = self._file(own).read_text(encoding="utf-8")
            notebook: NotebookNode = v4.reads(text)  # type: ignore[no-untyped-call]
        except (OSError, ValueError):
            return None
        return notebook


def stored_result(path: str | Path, notebook: NotebookNode) -> NotebookNode | None:
    """Return the notebook with its outputs from the store at ``path``, or None where there are none."""
    try:
        _, executed = get_cache(str(path)).merge_match_into_notebook(notebook)
    except KeyError:
        return None
    found: NotebookNode = executed
    return found


def _with_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """Return a notebook with the outputs of a run of the same code."""
    merged: NotebookNode = copy.deepcopy(notebook)
    if "language_info" in executed.metadata:
        merged.metadata["language_info"] = executed.metadata["language_info"]
    code = (cell for cell in merged.cells if cell.cell_type == "code")
    for cell, done in zip(code, executed.cells, strict=True):
        cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return merged


def _stamp(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
