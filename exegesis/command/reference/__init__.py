"""Pages of book/contribute that are made from what the code declares: ``make reference`` writes them, a test compares.

They are written, and not made by an extension while the book is built: so they are read in the repository too,
cost a build nothing, and are reviewed with the change that they follow from.
"""

from __future__ import annotations

from collections.abc import Callable

from . import api, checks, patches, settings

#: What makes the text of each page, by the page's name.
PAGES: dict[str, Callable[[], str]] = {
    "api.md": api.page,
    "checks.md": checks.page,
    "patches.md": patches.page,
    "settings.md": settings.page,
}
