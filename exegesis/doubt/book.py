"""Where a chapter is tried: the book's folder, and what kernels get in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exegesis.kernel.environment import BASELINES, baseline, baselines


@dataclass(frozen=True)
class Book:
    """What is the same for all of a book's chapters."""

    root: Path
    environment: Mapping[str, str]  # of its kernels
    memory: float = 2000  # MB that a chapter may take
    at_once: int = field(default_factory=lambda: os.cpu_count() or 1)

    def baselines(self) -> dict[str, dict[str, str]]:
        """Return the environments of the other CPU baselines that this machine has, by name."""
        others = (name for name in baselines() if name != baseline())
        return {name: {**self.environment, **BASELINES[name][1]} for name in others}


class DoubtError(Exception):
    """A chapter that can't be doubted; the message says why."""
