"""What a reader waits for: the bytes of each page, by kind, and how far its text moves while it loads.

    python -m tests.site.weight          prints the table ('make measure')

Bytes are those that come over the wire, compressed as a host does it, with an empty cache. The
figures of a page are counted apart: how many there are is the author's choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exegesis.command.project import Project
from tests.site.chromium import chromium
from tests.site.server import SiteServer

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "_build" / "html"

#: Kinds of files, by the ends of their names; figures are pictures below _images, and frames.
KINDS = {
    "html": ("", "/", ".html"),
    "css": (".css",),
    "js": (".js", ".mjs"),
    "fonts": (".woff2",),
    "figures": (".png", ".jpg", ".webp", ".avif"),
    "index": (".pagefind", ".pf_meta", ".pf_index", ".pf_filter", ".pf_fragment"),
    "other": (".svg", ".json"),
}
#: The most that a page may weigh before its figures, in KiB.
BUDGET = 350
#: What a page may weigh by kind, in KiB: so that a file that grew is noticed before the page is fat.
BUDGETS = {"html": 120, "css": 100, "js": 40, "fonts": 150, "index": 100, "other": 10}

_SHIFT = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_SCROLL = """async (y) => {
  scrollTo(0, y);
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}"""


@dataclass
class Weight:
    """The files of a page with their compressed sizes in bytes."""

    page: str
    files: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, page: str, address: str, finished: Iterable[Any]) -> Weight:
        """Return the weight of a page for which these requests of an address were answered whole."""
        weight = cls(page)
        for request in finished:
            sizes = request.sizes()
            name = request.url.removeprefix(address + "/").partition("?")[0]
            weight.files[name] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        return weight

    def by_kind(self) -> Counter[str]:
        """Return the bytes of each kind."""
        total: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        for name, size in self.files.items():
            total[kind(name)] += size
        return total

    @property
    def before_figures(self) -> int:
        return sum(size for name, size in self.files.items() if kind(name) != "figures")

    def largest(self, wanted: str = "", number: int = 8) -> str:
        """Return the largest files before the figures, or those of one kind, a line each."""
        files = [(size, name) for name, size in self.files.items() if kind(name) != "figures"]
        files = [(size, name) for size, name in files if wanted in ("", kind(name))]
        return "\n".join(f"  {size / 1024:7.1f} KiB  {name}" for size, name in sorted(files, reverse=True)[:number])


def kind(name: str) -> str:
    """Return the kind of a file; an unknown one is an error, so that nothing goes uncounted."""
    suffix = Path(name).suffix
    for kind, suffixes in KINDS.items():
        if suffix in suffixes:
            return kind
    raise ValueError(f"{name} is of no kind that tests/site/weight.py knows; add it to KINDS")


def weigh(browser: Any, address: str, page: str) -> Weight:
    """Load a page with an empty cache and return what came over the wire."""
    context = browser.new_context()
    try:
        finished: list[Any] = []
        tab = context.new_page()
        tab.on("requestfinished", lambda request: finished.append(request))
        tab.goto(f"{address}/{page}", wait_until="networkidle")
        return Weight.of(page, address, finished)
    finally:
        context.close()


def layout_shift(browser: Any, address: str, page: str, **options: Any) -> float:
    """Return how far the page moves while it loads and is scrolled through: the cumulative layout shift."""
    context = browser.new_context(**options)
    try:
        context.add_init_script(_SHIFT)
        tab = context.new_page()
        tab.goto(f"{address}/{page}", wait_until="networkidle")
        tab.evaluate("document.fonts.ready")
        height = tab.evaluate("document.documentElement.scrollHeight")
        for y in range(0, height, options["viewport"]["height"]):
            tab.evaluate(_SCROLL, y)
        tab.wait_for_load_state("networkidle")
        return float(tab.evaluate("window.shift"))
    finally:
        context.close()


def table(weights: list[Weight]) -> str:
    """Return the weights as a table in KiB."""
    head = f"{'KiB, compressed':44}" + "".join(f"{name:>9}" for name in KINDS if name != "figures")
    lines = [head + f"{'sum':>9}{'figures':>9}"]
    for weight in weights:
        kinds = weight.by_kind()
        sizes = [kinds[name] for name in KINDS if name != "figures"] + [weight.before_figures, kinds["figures"]]
        lines.append(f"{weight.page:44}" + "".join(f"{size / 1024:9.1f}" for size in sizes))
    return "\n".join(lines)


def main() -> None:
    """Print the weight of every page, the files of the heaviest one, and the layout shift of some."""
    pages = [path.relative_to(ROOT).with_suffix(".html").as_posix() for path in Project.open(ROOT).pages()]
    with SiteServer(SITE) as server, chromium() as browser:
        weights = [weigh(browser, server.address, page) for page in [*sorted(pages), "search.html"]]
        print(table(weights))
        heaviest = max(weights, key=lambda weight: weight.before_figures)
        print(f"\nThe heaviest, {heaviest.page} (at most {BUDGET} KiB before its figures):\n{heaviest.largest()}")
        print("\nLayout shift while a page loads and is scrolled through (good: below 0.1; ours: below 0.02)")
        for page in ("book/index.html", heaviest.page):
            for width in (360, 1440):
                for scheme in ("light", "dark"):
                    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
                    shift = layout_shift(browser, server.address, page, **options)
                    print(f"  {shift:6.4f}  {page}, {width} px, {scheme}")


if __name__ == "__main__":
    main()
