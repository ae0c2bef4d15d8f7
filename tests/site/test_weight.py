"""No page is heavier than its budget, and none moves while it loads."""

from __future__ import annotations

import pytest

from tests.site.test_pages import CHAPTERS, PAGES
from tests.site.weight import BUDGET, BUDGETS, layout_shift, weigh


@pytest.mark.parametrize("name", [*PAGES, "search.html"])
def test_a_page_keeps_to_its_budget(browser, address, name):
    weight = weigh(browser, address, name)
    for kind, size in weight.by_kind().items():
        if kind in BUDGETS:
            assert size <= BUDGETS[kind] * 1024, f"{size / 1024:.0f} KiB of {kind}:\n{weight.largest(kind)}"
    assert weight.before_figures <= BUDGET * 1024, f"{weight.before_figures / 1024:.0f} KiB:\n{weight.largest()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", ["book/index.html", CHAPTERS[0]])
def test_a_page_does_not_move_while_it_loads(browser, address, name, width, scheme):
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    assert layout_shift(browser, address, name, **options) < 0.02
