"""An installed Chromium, driven by playwright."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from exegesis.command.pdf.chromium import executable


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
