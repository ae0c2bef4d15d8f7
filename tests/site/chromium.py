"""An installed Chromium, driven by playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class NoBrowserError(LookupError):
    """There is no Chromium on this machine."""


def executable() -> str:
    """Return where Chromium is.

    Raises:
        NoBrowserError: if there is none.
    """
    found = os.environ.get("BROWSER_EXECUTABLE") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowserError(f"no Chromium found (looked for {', '.join(NAMES)}; BROWSER_EXECUTABLE names one)")
    return found


@contextlib.contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start Chromium, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--no-first-run", *arguments],
        )
        yield browser
        browser.close()
