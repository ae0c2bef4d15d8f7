"""The real book, built and served on this machine, and a real Chromium to open it with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.site.server import SiteServer

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site. Building a book that is up to date takes a few seconds; one worker does it."""
    (ROOT / "_build").mkdir(exist_ok=True)
    with FileLock(ROOT / "_build" / "tests.lock"):
        marker = ROOT / "_build" / f"tests-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
        if not marker.exists():
            command = [sys.executable, "-m", "exegesis.command.cli", "build"]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            for old in (ROOT / "_build").glob("tests-*"):
                old.unlink()
            marker.touch()
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with SiteServer(site) as server:
        yield server.address
