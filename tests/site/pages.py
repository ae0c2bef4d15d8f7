"""The pages of the book, which of them stand for the others, and a window to look at one in."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any

import pytest

from exegesis.command.project import Project
from tests.site.weight import ROOT, Weight

PAGES = sorted(path.relative_to(ROOT).with_suffix(".html").as_posix() for path in Project.open(ROOT).pages())
CHAPTERS = [page for page in PAGES if page.startswith("book/papers/")]
GENERATED = ["index.html", "search.html"]
HOME = "book/index.html"
CHAPTER = "book/papers/concrete.html"
SHORT = "book/papers/densenet.html"  # for what any chapter shows: half the elements
#: Pages that are made alike; the first of each row stands for the others, and one that is not here for itself.
ALIKE = (
    (CHAPTER, *CHAPTERS),
    ("book/contribute/write.html", *(page for page in PAGES if page.startswith("book/contribute/"))),
    ("book/learning.html", "book/deciding.html", "book/seeing.html"),
    ("book/browse/keywords.html", "book/browse/authors.html", "book/browse/venues.html", "book/browse/years.html"),
)
ONE_OF_A_KIND = {*PAGES, *GENERATED} - {page for first, *others in ALIKE for page in others if page != first}
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 720}
#: What playwright's windows have for whoever says nothing.
MEDIA = {"media": "null", "color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}
LOOKS = {"viewport", *MEDIA}  # options of a window that can be changed while it is open


def each(values: Iterable[Any], few: Collection[Any] = ONE_OF_A_KIND) -> list[Any]:
    """Return all values as parameters: 'make test' takes those that are among the few, 'make test-all' every one."""
    return [pytest.param(value, marks=() if value in few else pytest.mark.exhaustive) for value in values]


def until(page: Any, expression: str, argument: Any = None, seconds: float = 30) -> None:
    """Wait until an expression, or a function of an argument, is true on a page.

    The wait of playwright's own evaluates text within the page, which the page's policy does not let.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(50)


class Visit:
    """A window of a browser, with what goes wrong on the page that it shows.

    Args:
        browser: playwright's.
        options: for a context of its; what its documentation says.
    """

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.looks = {name: value for name, value in options.items() if name in LOOKS}
        page = self.page
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("response", lambda answer: self.errors.append(answer.url) if answer.status >= 400 else None)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))

    def open(self, address: str, name: str, until: str = "load") -> None:
        """Show a page of the site at an address, as if nothing had been shown before."""
        self.see()
        self.errors.clear()
        self.hosts.clear()
        self.host = address.split("/")[2]
        self.page.goto(f"{address}/{name}", wait_until=until)

    def see(self, **media: str) -> None:
        """Look at the page with these media features, and otherwise with those of the window."""
        looks = MEDIA | self.looks | media
        self.page.set_viewport_size(looks.pop("viewport", DESKTOP))
        self.page.emulate_media(**looks)

    def leave(self) -> None:
        """Leave nothing behind for who has the window next."""
        self.page.unroute_all()
        self.page.mouse.move(0, 0)
        self.page.evaluate("localStorage.clear()")

    def close(self) -> None:
        self.context.close()


class Loaded(Visit):
    """A window without a cache, in which one page after the other is loaded, and the weight of what came."""

    def __init__(self, browser: Any) -> None:
        super().__init__(browser)
        self.context.new_cdp_session(self.page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        # Not "response": a page that is gone on from may leave one, of its icon, that never comes to its end.
        self._finished: list[Any] = []
        self.page.on("requestfinished", lambda request: self._finished.append(request))

    def load(self, address: str, name: str) -> None:
        self._finished.clear()
        self.open(address, name, until="networkidle")
        self.weight = Weight.of(name, address, self._finished)
        self.page.evaluate("window.folded = document.querySelectorAll('details:not([open])')")

    def renew(self) -> None:
        """Show the page as when it was loaded: folded, from its beginning, on a desktop, in the light."""
        self.see()
        self.page.evaluate("folded.forEach((each) => (each.open = false)); scrollTo(0, 0)")

    def unfold(self) -> None:
        self.page.evaluate("folded.forEach((each) => (each.open = true))")
