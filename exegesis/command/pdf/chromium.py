"""An installed Chromium that prints pages of a site.

It makes the outline from the headings, the named places from the links to them, and the structure that
screen readers need. It is given the site by name and not by a server, so no address of this machine can get
into what it prints.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Where the site seems to be; RFC 2606 keeps the name free.
_ORIGIN = "http://site.invalid"
_SECONDS = 120  # for a page to load, on a busy machine


class NoBrowserError(LookupError):
    """There is no Chromium on this machine."""


class PrintError(Exception):
    """Chromium could not print; the message says why."""


def executable() -> str:
    """Return where Chromium is.

    Raises:
        NoBrowserError: if there is none.
    """
    found = os.environ.get("BROWSER_EXECUTABLE") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowserError(f"no Chromium found (looked for {', '.join(NAMES)}; BROWSER_EXECUTABLE names one)")
    return found


class Printer:
    """Prints pages of one site.

    Args:
        browser: Playwright's.
        site: the folder of the site.
    """

    def __init__(self, browser: Browser, site: Path) -> None:
        self._browser = browser
        self._site = site.resolve()

    def print(self, pages: Sequence[str], paper: str = "A4") -> tuple[str, bytes]:
        """Print pages as one document.

        Args:
            pages: their files, from the site's root, in their order; links between them lead inside the document.
            paper: a size that Playwright knows, such as ``A4`` or ``Letter``.

        Returns:
            what the book is called, and the PDF.
        """
        context = self._browser.new_context(color_scheme="light", service_workers="block")
        try:
            page = context.new_page()
            page.set_default_timeout(_SECONDS * 1000)
            page.route(f"{_ORIGIN}/**", self._answer)
            page.emulate_media(media="print")
            page.goto(f"{_ORIGIN}/{pages[0]}")
            title = str(page.evaluate(Path(__file__).with_name("gather.js").read_text("utf-8"), list(pages)))
            return title, page.pdf(format=paper, outline=True, tagged=True)
        finally:
            context.close()

    def _answer(self, route: Route) -> None:
        """Give a file of the site; scripts are for who can press a button."""
        path = (self._site / unquote(urlsplit(route.request.url).path).lstrip("/")).resolve()
        if route.request.resource_type == "script" or not path.is_file() or self._site not in path.parents:
            route.fulfill(status=404)
        else:
            route.fulfill(path=path)


@contextmanager
def printer(site: Path) -> Iterator[Printer]:
    """Start Chromium, and end it.

    Raises:
        NoBrowserError: there is none.
        PrintError: it does not start, or fails.
        ModuleNotFoundError: Playwright is not installed.
    """
    from playwright.sync_api import Error, sync_playwright

    program = executable()
    try:
        with sync_playwright() as playwright:
            arguments = ["--disable-background-networking", "--disable-gpu", "--no-first-run"]
            browser = playwright.chromium.launch(executable_path=program, args=arguments)
            yield Printer(browser, site)
            browser.close()
    except Error as error:
        raise PrintError(f"{program}: {error.message.splitlines()[0]}") from None
