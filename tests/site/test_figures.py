"""Figures can be read: in the page on a phone, and large."""

from __future__ import annotations

import pytest

from tests.site.pages import CHAPTER, CHAPTERS, PHONE, each

FIGURE = "#fig-concrete-tradeoff .figure-open"
#: Of figures that are files; a drawn picture has no narrower form.
WIDTHS = (
    "all => all.filter(a => a.querySelector('img'))"
    ".map(a => [a.querySelector('img').clientWidth, parseFloat(a.style.getPropertyValue('--least'))])"
)
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("way", ["tap", "click", "Enter"])
def test_a_figure_opens_large_and_gives_the_focus_back(open_page, way):
    with open_page(CHAPTER, **(TOUCH if way == "tap" else {})) as visit:
        page = visit.page
        link, dialog = page.locator(FIGURE), page.locator("dialog.figure-large")
        small = link.locator("img").bounding_box()["width"]
        if way == "Enter":
            link.focus()
            page.keyboard.press("Enter")
        else:
            getattr(link, way)()
        picture = dialog.locator("img")
        assert picture.bounding_box()["width"] > small * 1.2
        assert picture.get_attribute("alt") == link.locator("img").get_attribute("alt")
        assert dialog.get_attribute("aria-label").startswith("Fig.")
        assert "tradeoff" not in page.url
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        assert link.evaluate("link => link === document.activeElement")
        assert visit.errors == []


def test_without_scripts_a_figure_leads_to_its_picture(open_page):
    with open_page(CHAPTER, java_script_enabled=False) as visit:
        visit.page.locator(FIGURE).click()
        visit.page.wait_for_url("**/_images/*.png")


@pytest.mark.parametrize("name", each(CHAPTERS, [CHAPTER]))
def test_no_figures_words_are_too_small_on_a_phone_and_the_page_stays_put(open_page, name):
    """The smallest words have nine points, of 7.3 inches: so a figure that is wide enough has eight pixels."""
    with open_page(name, viewport=PHONE) as visit:
        figures = visit.page.eval_on_selector_all(".figure-open", WIDTHS)
        assert len(figures) >= 2
        assert [(width, least) for width, least in figures if not width >= least > 0] == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
