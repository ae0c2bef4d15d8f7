"""What pages are read and written with: Sphinx reads every page anew where it is something else than the last time.

So a site built after an upgrade, or after an edit of this package in a checkout, is the one that a clean build gives.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from exegesis.execution.store.needs import required_versions
from exegesis.fault import PACKAGE

FOLDER = Path(__file__).parent.parent


def number() -> int:
    """Return the extension's ``env_version``, made from this package's files and the versions of what it requires."""
    return _number_of(FOLDER, repr(sorted(required_versions(PACKAGE).items())))


@functools.cache
def _number_of(folder: Path, versions: str) -> int:
    digest = hashlib.sha256(versions.encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return int.from_bytes(digest.digest()[:8], "big")
