"""Results of executed chapters, kept in a jupyter-cache that plain Jupyter Book reads too."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from nbformat import NotebookNode

from .frames import has_all_frames

LIMIT = 100_000  # results; jupyter-cache would evict after 1,000


def store_path(root: Path) -> Path:
    """Return where the results for this lock and this Python are kept.

    One store for each, so that a result from other versions is never taken for current.
    """
    lock = root / "requirements.lock"
    key = hashlib.sha256(lock.read_bytes() if lock.exists() else b"")
    key.update(repr(sys.version_info[:3]).encode())
    return root / "_build" / ".jupyter_cache" / key.hexdigest()[:16]


class Store:
    """The results of executed chapters, known by their code."""

    def __init__(self, path: Path) -> None:
        self._cache = get_cache(str(path))
        self._cache.change_cache_limit(LIMIT)
        self._drop_torn()

    def _drop_torn(self) -> None:
        """A crash can leave a row without its file, after which every build would die."""
        for record in self._cache.list_cache_records():
            folder = self._cache.path / "executed" / record.hashkey
            if not (folder / "base.ipynb").exists():
                NbCacheRecord.remove_record(record.pk, self._cache.db)
                shutil.rmtree(folder, ignore_errors=True)

    def seconds(self, notebook: NotebookNode) -> float | None:
        """Return how long a stored notebook ran, or None where there is no result, or one without its frames."""
        try:
            record = self._cache.match_cache_notebook(notebook)
        except KeyError:
            return None
        if not has_all_frames(self._cache.get_cache_bundle(record.pk).nb):
            return None
        return float(record.data.get("execution_seconds", 0.0))

    def last_seconds(self) -> dict[Path, float]:
        """Return how long each file's notebook ran when it last did."""
        records = sorted(self._cache.list_cache_records(), key=lambda record: record.created)
        return {Path(record.uri): float(record.data.get("execution_seconds", 0.0)) for record in records}

    def put(self, notebook: NotebookNode, path: Path, seconds: float) -> None:
        """Store an executed notebook. One process at a time may write."""
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
        self._cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def stored_result(path: str | Path, notebook: NotebookNode) -> NotebookNode | None:
    """Return the notebook with its outputs from the store at ``path``, or None where there are none."""
    try:
        _, executed = get_cache(str(path)).merge_match_into_notebook(notebook)
    except KeyError:
        return None
    found: NotebookNode = executed
    return found
