"""The real book, built and served on this machine, and a real Chromium to open it with."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from exegesis.browser import pyodide
from exegesis.command.pdf.chromium import executable
from tests.site.hosting import ALONE, FILES, HostingServer
from tests.site.pages import LOOKS, PAGES, ROOT, Loaded, Visit, each
from tests.site.server import SiteServer

WINDOWS = 4  # that stay open between tests


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


@pytest.fixture(scope="session")
def hosting(site) -> Iterator[HostingServer]:
    if missing := list(pyodide.faults(FILES)):
        reason = f"{missing[0]}; run 'make pyodide'"
        pytest.fail(reason) if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip(reason)
    with HostingServer(site) as server:
        yield server


@pytest.fixture(scope="session")
def alone(browser):
    """A browser that finds no host but this machine."""
    kind = browser.browser_type
    alone = kind.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu", ALONE])
    yield alone
    alone.close()


@pytest.fixture(scope="session")
def windows() -> Iterator[dict[str, Visit]]:
    """Windows that stay open, by those of their options that stay: to open one takes longer than most tests."""
    windows: dict[str, Visit] = {}
    yield windows
    for visit in windows.values():
        visit.close()


@pytest.fixture
def open_page(
    browser: object, address: str, windows: dict[str, Visit]
) -> Callable[..., contextlib.AbstractContextManager[Visit]]:
    """A function that opens a page in a window with some options.

    The window may have shown other pages; ``fresh`` asks for one of its own, with an empty cache.
    """

    @contextlib.contextmanager
    def open_page(name: str, *, address: str = address, fresh: bool = False, **options: Any) -> Iterator[Visit]:
        looks = {name: options.pop(name) for name in LOOKS & options.keys()}
        key = repr(sorted(options.items()))
        visit = (None if fresh else windows.pop(key, None)) or Visit(browser, **options)
        visit.looks = looks
        well = False
        try:
            visit.open(address, name)
            yield visit
            visit.leave()
            well = True
        finally:
            if well and not fresh:
                windows[key] = visit
                if len(windows) > WINDOWS:
                    windows.pop(next(iter(windows))).close()
            else:  # what a failed test leaves is for nobody to find
                visit.close()

    return open_page


@pytest.fixture(scope="session")
def loading(browser: object) -> Iterator[Loaded]:
    window = Loaded(browser)
    yield window
    window.close()


@pytest.fixture(scope="session", params=each([*PAGES, "search.html"]))
def loaded(request: pytest.FixtureRequest, loading: Loaded, address: str) -> Iterator[Loaded]:
    """Each page, loaded once for all the tests that look at it."""
    loading.load(address, request.param)
    yield loading
    loading.leave()


@pytest.fixture
def opened(loaded: Loaded) -> Loaded:
    """Each page as it was when it was loaded, whatever another test did to it."""
    loaded.renew()
    return loaded
