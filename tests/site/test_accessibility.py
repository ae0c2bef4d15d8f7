"""Every page can be read by everyone, as far as a machine can tell."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.test_pages import GENERATED, PAGES, Visit

EVERYTHING = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"],
    "resultTypes": ["violations"],
}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}


def faults(page, options=EVERYTHING):
    """Return what axe finds, each as 'rule: element'."""
    found = Axe().run(page, options=options).response["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize("name", PAGES + GENERATED)
def test_axe_finds_nothing(browser, address, name):
    with Visit(browser, address, name, color_scheme="light", reduced_motion="reduce") as visit:
        visit.page.wait_for_load_state("networkidle")
        visit.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert faults(visit.page) == []
        visit.page.emulate_media(color_scheme="dark")
        visit.page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
        assert faults(visit.page, COLOURS) == []
