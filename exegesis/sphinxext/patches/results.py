"""The stored result of the chapter that is being read: looked up once, and without writing to the store.

Myst-nb opens jupyter-cache anew for each chapter, asks it twice, and has it note when a result
was last used: a transaction for each chapter, which readers side by side wait for.
"""

from __future__ import annotations

import os
from typing import Any

import myst_nb.core.execute.cache as myst_nb_cache
from jupyter_cache.base import CacheBundleIn, CacheBundleOut
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode, v4
from sphinx.application import Sphinx

_open: dict[tuple[str, int], ReadCache] = {}


class ReadCache(JupyterCacheBase):  # type: ignore[misc]
    """A jupyter-cache that remembers what it was asked for last."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.executed: NotebookNode | None = None
        self._asked: NotebookNode | None = None
        self._record: NbCacheRecord | None = None

    def forget(self) -> None:
        self.executed = self._asked = self._record = None

    def match_cache_notebook(self, nb: NotebookNode) -> NbCacheRecord:
        if nb is not self._asked:
            self._record = super().match_cache_notebook(nb)
            self._asked = nb
        return self._record

    def get_cache_bundle(self, pk: int) -> CacheBundleOut:
        record = self._record if self._record is not None and self._record.pk == pk else self.get_cache_record(pk)
        path = self._get_notebook_path_cache(record.hashkey)
        if not path.exists():
            raise KeyError(f"Notebook file does not exist for cache record PK: {pk}")
        # It was validated when it was stored.
        return CacheBundleOut(v4.reads(path.read_text(encoding="utf-8")), record)  # type: ignore[no-untyped-call]

    def merge_match_into_notebook(self, nb: NotebookNode, *args: Any, **options: Any) -> tuple[int, NotebookNode]:
        pk, self.executed = super().merge_match_into_notebook(nb, *args, **options)
        return pk, self.executed

    def cache_notebook_bundle(self, bundle: CacheBundleIn, *args: Any, **options: Any) -> NbCacheRecord:
        """Store what plain Jupyter Book has executed just now."""
        self.executed = bundle.nb
        return super().cache_notebook_bundle(bundle, *args, **options)


def open_cache(path: str) -> ReadCache:
    """Return the store: one a process, for SQLite's connections do not survive a fork."""
    return _open.setdefault((str(path), os.getpid()), ReadCache(path))


def executed_notebook(app: Sphinx) -> NotebookNode | None:
    """Return the chapter that is being read with its outputs; None if it was not executed."""
    return open_cache(app.config.nb_execution_cache_path).executed


def _begin(app: Sphinx, docname: str, source: list[str]) -> None:
    open_cache(app.config.nb_execution_cache_path).forget()


def setup(app: Sphinx) -> None:
    """Let myst-nb look up results here."""
    myst_nb_cache.get_cache = open_cache
    app.connect("source-read", _begin)
