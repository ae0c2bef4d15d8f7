"""No page is heavier than its budget, and none moves while it loads."""

from __future__ import annotations

import pytest

from tests.site.pages import CHAPTER, CHAPTERS, HOME, each
from tests.site.weight import BUDGET, BUDGETS, layout_shift


def test_a_page_keeps_to_its_budget(loaded):
    weight = loaded.weight
    assert weight.files
    for kind, size in weight.by_kind().items():
        if kind in BUDGETS:
            assert size <= BUDGETS[kind] * 1024, f"{size / 1024:.0f} KiB of {kind}:\n{weight.largest(kind)}"
    assert weight.before_figures <= BUDGET * 1024, f"{weight.before_figures / 1024:.0f} KiB:\n{weight.largest()}"


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("width", [360, pytest.param(1440, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", each([HOME, CHAPTER, CHAPTERS[0]]))
def test_a_page_does_not_move_while_it_loads(browser, address, name, width, scheme):
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    assert layout_shift(browser, address, name, **options) < 0.02
