"""The code of a page is hidden by one switch, and stays so; each cell opens by itself."""

from __future__ import annotations

import pytest

from tests.site.pages import CHAPTER, CHAPTERS, HOME, until
from tests.site.test_accessibility import faults

CODE = "div.cell:not(.exercise .cell) > .cell_input"  # what readers write into an exercise stays


def seen(page):
    """How many cells show their code."""
    return page.eval_on_selector_all(
        f"{CODE} pre", "all => all.filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"
    )


def switch(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def hidden(open_page):
    with open_page(CHAPTER, reduced_motion="reduce") as visit:
        switch(visit.page, "Hide code")
        yield visit


def test_the_switch_hides_all_code_and_is_remembered(hidden):
    page = hidden.page
    assert seen(page) == 0
    assert page.locator(".run-bar:visible:not(.exercise .run-bar)").count() == 0
    assert page.locator("figure img").first.is_visible()
    assert faults(page, within=".code-switch, div.cell") == []
    for name in (CHAPTERS[0], CHAPTER):
        page.goto(f"http://{hidden.host}/{name}")
        assert seen(page) == 0
    switch(page, "Show code")
    assert seen(page) == page.locator(CODE).count() > 3
    assert page.locator(".code-show:visible").count() == 0
    assert hidden.errors == []


def test_each_cell_opens_by_itself(hidden):
    page = hidden.page
    button = page.get_by_role("button", name="Show code of cell 2", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    assert seen(page) == 1
    assert page.locator(".run-bar:visible:not(.exercise .run-bar)").count() == 1
    again = page.get_by_role("button", name="Hide code of cell 2", exact=True)
    assert again.get_attribute("aria-expanded") == "true"
    again.click()
    assert seen(page) == 0


def test_a_link_into_a_hidden_cell_opens_it(hidden):
    page = hidden.page
    name = page.locator("div.cell[id^=cell-]").nth(2).get_attribute("id")
    page.evaluate(f"location.hash = '{name}'")
    until(page, "document.querySelectorAll('.code-open').length == 1")
    assert seen(page) == 1
    page.goto(f"http://{hidden.host}/{CHAPTERS[0]}#cell-1")
    aim = page.locator("#cell-1")
    assert seen(page) == (1 if aim.count() else 0)


def test_what_is_hidden_is_not_printed(hidden):
    hidden.page.emulate_media(media="print")
    assert seen(hidden.page) == 0
    assert hidden.page.locator(".code-show:visible").count() == 0
    assert hidden.page.locator("figure img").first.is_visible()


def test_a_page_without_code_has_no_switch(open_page):
    with open_page(HOME) as visit:
        assert visit.page.locator(".code-switch").count() == 0
