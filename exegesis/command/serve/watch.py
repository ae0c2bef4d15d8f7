"""Which files of the book changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

PAUSE = 50  # milliseconds without a further change, after which a change is whole
_USUAL = DefaultFilter()  # without what editors leave for a moment


class Watch:
    """Gathers the changes in the book's root and in the folders that it is told to follow."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._changes: asyncio.Queue[set[Path]] = asyncio.Queue()
        self._tasks = {root: asyncio.create_task(self._gather(root, recursive=False))}

    def follow(self, pages: Iterable[Path]) -> None:
        """Watch the folders in which these pages are as well, with all that is in them."""
        for folder in {self.root / page.relative_to(self.root).parts[0] for page in pages}:
            if folder.is_dir() and folder not in self._tasks:
                self._tasks[folder] = asyncio.create_task(self._gather(folder, recursive=True))

    async def changed(self) -> set[Path]:
        """Return the files that changed since it was asked last; wait for one."""
        found = await self._changes.get()
        while not self._changes.empty():
            found |= self._changes.get_nowait()
        return found

    def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    async def _gather(self, folder: Path, *, recursive: bool) -> None:
        async for changes in awatch(folder, watch_filter=self._is_source, step=PAUSE, recursive=recursive):
            self._changes.put_nowait({Path(path) for _, path in changes})

    def _is_source(self, change: Change, path: str) -> bool:
        """Leave out what editors, tools and builds write beside the sources."""
        parts = Path(path).relative_to(self.root).parts
        ours = not any(part.startswith((".", "_build")) for part in parts)
        return ours and not Path(path).is_dir() and bool(_USUAL(change, path))
