"""Every link of the built site that stays on it leads somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin

from tests.site.weight import ROOT


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.ids.add(value)


def test_links_within_the_site_lead_somewhere(site):
    pages = {path.relative_to(site).as_posix(): _Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    pages = {name: page for name, page in pages.items() if not name.startswith("_static/")}
    broken = []
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link.startswith("//"):
                continue
            target, fragment = urldefrag(unquote(urljoin(name, link)))
            target = target.partition("?")[0] or name
            if not (site / target).exists() and not (site / target / "index.html").exists():
                broken.append(f"{name}: {link}")
            elif fragment and target in pages and fragment not in pages[target].ids:
                broken.append(f"{name}: {link} (no such place)")
    assert broken == []


def test_the_sources_and_this_machine_are_not_published(site):
    for path in site.rglob("*"):
        assert path.suffix not in (".py", ".lock", ".toml"), path
        if path.suffix in (".html", ".js", ".css", ".txt"):
            assert str(ROOT) not in path.read_text("utf-8", errors="replace"), path
