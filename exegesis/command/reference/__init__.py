"""Pages of book/contribute that are made from what the code declares: ``make reference`` writes them, a test compares.

They are written, and not made by an extension while the book is built: so they are read in the repository too,
cost a build nothing, and are reviewed with the change that they follow from.
"""

from __future__ import annotations

from collections.abc import Callable

from . import api, checks, commands, patches, settings, writing

#: What makes the text of each page, by the page's name.
PAGES: dict[str, Callable[[], str]] = {
    "api.md": api.page,
    "checks.md": checks.page,
    "commands.md": commands.page,
    "patches.md": patches.page,
    "reference.md": writing.page,
    "settings.md": settings.page,
}
