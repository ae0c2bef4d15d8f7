"""Writes the pages into a folder: ``python -m exegesis.command.reference book/contribute``."""

from __future__ import annotations

import sys
from pathlib import Path

from . import PAGES

for name, page in PAGES.items():
    Path(sys.argv[1], name).write_text(page(), encoding="utf-8", newline="\n")
