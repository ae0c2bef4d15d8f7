"""Where a chapter is tried: the book's folder, and what kernels get in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exegesis.kernel.environment import BASELINES, baseline, processor


@dataclass(frozen=True)
class Book:
    """What is the same for all of a book's chapters."""

    root: Path
    environment: Mapping[str, str]  # of its kernels
    memory: float = 2000  # MB that a chapter may take
    at_once: int = field(default_factory=lambda: os.cpu_count() or 1)

    def baselines(self) -> dict[str, dict[str, str]]:
        """Return the environments of the other CPU baselines that this machine has, by name."""
        others = {
            name: own for name, (needed, own) in BASELINES.items() if name != baseline() and needed <= processor()
        }
        return {name: {**self.environment, **own} for name, own in others.items()}


class DoubtError(Exception):
    """A chapter that can't be doubted; the message says why."""
