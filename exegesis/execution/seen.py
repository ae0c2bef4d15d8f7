"""What a kernel saw its notebook do, beside giving outputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from exegesis.kernel.looks import state


@dataclass(frozen=True)
class Act:
    """Something that a cell did."""

    kind: (
        str  # one of `exegesis.execution.uses.USES`, or "generator": it drew from a global one, or an import of it did
    )
    what: str
    count: int  # the cell's execution count
    line: int  # of the cell's code, from 1; 0 where it is not known


@dataclass(frozen=True)
class Seen:
    """What a result depends on beside its notebook, as the kernel saw it; paths are from the notebook's folder."""

    files: tuple[str, ...] = ()  # that were read, folders too
    looks: Mapping[str, str | None] = field(default_factory=dict)  # what was there: see `exegesis.kernel.looks.state`
    modules: tuple[str, ...] = ()  # top-level names that were imported
    variables: tuple[str, ...] = ()  # of the environment, that were read
    programs: tuple[str, ...] = ()  # that libraries started
    acts: tuple[Act, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any], folder: Path) -> Seen:
        """Read a kernel's report, whose paths are absolute."""
        return cls(
            files=tuple(_from(folder, file) for file in told["files"]),
            looks={_from(folder, path): found for path, found in told["looks"].items()},
            modules=tuple(told["modules"]),
            variables=tuple(told["variables"]),
            programs=tuple(told["programs"]),
            acts=tuple(Act(*act) for act in told["uses"]),
        )

    def where(self, is_wanted: Callable[[str], bool]) -> Seen:
        """Return it with some of its paths."""
        looks = {path: found for path, found in self.looks.items() if is_wanted(path)}
        return replace(self, files=tuple(filter(is_wanted, self.files)), looks=looks)

    def looked_again(self, folder: Path) -> Seen:
        """Return it with what is there now, from this folder."""
        closely = {path: (found or "").count(" ") > 0 for path, found in self.looks.items()}
        return replace(self, looks={path: state(str(folder / path), close) for path, close in closely.items()})


def _from(folder: Path, path: str) -> str:
    """A path from a folder; outside of the folder's book it may lead up to the root."""
    return os.path.relpath(path, folder)
