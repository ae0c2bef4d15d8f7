"""``python -m tests.site.first_run SLUG``: how long a reader waits for the first cell.

From the press of Run under the first cell to its end, and how many bytes came, with an empty
cache and with a full one. The site is served from this machine: there is no network in the time.
"""

from __future__ import annotations

import statistics
import sys
import time

from playwright.sync_api import Page

from tests.site.chromium import chromium
from tests.site.hosting import ALONE, FILES, HostingServer
from tests.site.test_run import run


def measure(page: Page, server: HostingServer, slug: str) -> tuple[float, float]:
    """Return the seconds, and the megabytes that were fetched."""
    page.goto(f"{server.address}/book/papers/{slug}.html", wait_until="networkidle")
    server.sent = 0
    begin = time.perf_counter()
    run(page, 0)
    return time.perf_counter() - begin, server.sent / 1e6


def main(slug: str = "concrete", repeat: int = 3) -> None:
    """Measure, and print a line for each kind of cache."""
    taken: dict[str, list[tuple[float, float]]] = {"empty cache": [], "full cache": []}
    with HostingServer(FILES.parent / "html") as server, chromium(ALONE) as browser:
        for _ in range(repeat):
            context = browser.new_context()
            for results in taken.values():
                page = context.new_page()
                page.set_default_timeout(300_000)
                results.append(measure(page, server, slug))
                page.close()
            context.close()
    for name, results in taken.items():
        seconds = [each[0] for each in results]
        megabytes = statistics.median(each[1] for each in results)
        spread = f"{min(seconds):.1f} s at best, {statistics.median(seconds):.1f} s in the middle of {repeat}"
        print(f"{slug}, {name}: {spread}; {megabytes:.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:2])
