"""A chapter on paper, from either theme."""

from __future__ import annotations

import re

import pytest

from tests.site.pages import CHAPTER, CHAPTERS, each

CHROME = (
    ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-area, .bd-footer-content,"
    " #jb-print-docs-body, .paper-forms, .paper-cite, .headerlink, .copybtn, .run-bar, .run-about,"
    " button:not(.figure-open), input, select"
)
PAPER = ".bd-article h1, .paper-header, .paper-tldr, figure img, figcaption, .claim, .katex-html, ul.references, pre"


@pytest.fixture(params=[pytest.param("light", marks=pytest.mark.slow), "dark"])
def paper(open_page, request):
    with open_page(CHAPTER, color_scheme=request.param) as visit:
        visit.page.wait_for_load_state("networkidle")
        assert visit.page.evaluate("document.documentElement.dataset.theme") == request.param
        visit.page.emulate_media(media="print")
        yield visit.page


def shown(page, selector):
    return page.evaluate(
        "s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))",
        selector,
    )


def test_only_the_paper_is_printed(paper):
    assert shown(paper, CHROME) == []
    for selector in PAPER.split(", "):
        assert shown(paper, selector), selector


def test_it_is_black_on_white_and_figures_keep_their_colours(paper):
    style = "(e, name) => getComputedStyle(e)[name]"
    assert paper.locator("body").evaluate(style, "backgroundColor") == "rgb(255, 255, 255)"
    for selector in (".bd-article h1", ".bd-article section p", ".claim-text p", ".highlight pre span.k"):
        assert paper.locator(selector).first.evaluate(style, "color") == "rgb(0, 0, 0)", selector
    for picture in paper.locator("figure img").all():
        assert picture.evaluate(style, "filter") == "none"
        assert picture.evaluate(style, "backgroundColor") in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")


def test_what_belongs_together_stays_together(paper):
    for selector in ("figure", ".claim", "div.math"):
        assert paper.locator(selector).first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"


def test_addresses_and_solutions_are_printed(paper):
    link = paper.locator(".paper-link").first
    assert link.evaluate("e => getComputedStyle(e, '::after').content") != "none"
    solution = paper.locator(".exercise-solution p").first
    assert solution.is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_both_sizes_of_paper_come_out(open_page, size):
    with open_page(CHAPTER) as visit:
        visit.page.wait_for_load_state("networkidle")
        made = visit.page.pdf(format=size)
        assert 10 < len(re.findall(rb"/Type\s*/Page\b", made)) < 40


@pytest.mark.parametrize("loaded", each(CHAPTERS), indirect=True, scope="session")
def test_nothing_is_cut_off_at_the_edge(opened):
    """A4 less its margins is 166 mm, 627 CSS pixels wide."""
    opened.page.set_viewport_size({"width": 627, "height": 900})
    opened.page.emulate_media(media="print")
    wide = opened.page.evaluate(
        """() => [...document.querySelectorAll(".bd-article *:not(.katex-mathml *, svg *)")]
            .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 2)
            .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert wide == []


def test_the_ledger_is_a_table_from_its_first_page_on(open_page):
    with open_page("book/browse/claims.html") as visit:
        visit.page.emulate_media(media="print")
        assert not visit.page.locator(".ledger-filter").is_visible()
        table = visit.page.locator(".ledger table")
        looks = table.evaluate("t => [getComputedStyle(t).breakInside, getComputedStyle(t).display]")
        assert looks == ["auto", "table"]
