"""Displayed formulas on a phone and on a desktop, on paper, and what is wider than a phone all the same."""

from __future__ import annotations

import pytest

from tests.site.pages import DESKTOP, PHONE, Visit, until
from tests.site.server import SiteServer
from tests.tiny import TinyBook, chapter, write_book

TWO = r"\mu=m(\mathbf x),\qquad \mathbf y=\kappa\,\mathbf W\mathbf x+\mathbf b+\mathbf c+\mathbf d."
LONG = "a_1" + "".join(f"+a_{{{n}}}" for n in range(2, 20)) + "=c"
WIDE = r"\begin{aligned}" + LONG + r"\end{aligned}"
PAGE = f"# Three\n\n$$\n{TWO}\n$$ (eq-two)\n\n$$\n{LONG}\n$$\n\n$$\n{WIDE}\n$$ (eq-wide)\n\nSee {{eq}}`eq-two`.\n"
TWO_ROWS, LONG_ROW, WIDE_ROW = (f"document.querySelectorAll('div.math')[{n}]" for n in range(3))
RUNS_OVER = "{0}.scrollWidth > {0}.clientWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    book = TinyBook(write_book(tmp_path_factory.mktemp("book"), {"one": chapter(PAGE)}), html_theme="sphinx_book_theme")
    assert book.messages == []
    with SiteServer(book.app.outdir) as server:
        yield server


@pytest.fixture
def show(browser, site):
    visits = []

    def show(size):
        visit = Visit(browser, viewport=size)
        visits.append(visit)
        visit.open(site.address, "book/papers/one.html")
        until(visit.page, "document.fonts.status == 'loaded'")
        return visit.page

    yield show
    for visit in visits:
        visit.close()


def tops(page, formula):
    """Return where each statement begins, in pixels."""
    return page.evaluate(
        f"[...{formula}.querySelectorAll('.statement')].map(e => Math.round(e.getBoundingClientRect().top))"
    )


def test_on_a_phone_statements_stand_below_each_other_unbroken(show):
    page = show(PHONE)
    assert not page.evaluate(RUNS_OVER.format(TWO_ROWS))
    first, second = tops(page, TWO_ROWS)
    assert second > first + 20
    heights = page.evaluate(f"[...{TWO_ROWS}.querySelectorAll('.statement')].map(e => e.offsetHeight)")
    assert max(heights) < 45, "each has one line"
    assert not page.evaluate(RUNS_OVER.format(LONG_ROW)), "a long one is broken at its operations"


def test_where_there_is_room_they_stand_in_one_line_in_the_middle_with_the_number_at_its_end(show):
    page = show({**DESKTOP, "width": 1100})
    first, second = tops(page, TWO_ROWS)
    assert first == second
    formula, number = (page.locator("div.math").first.locator(each).bounding_box() for each in (".katex-html", ".eqno"))
    whole = page.locator("div.math").first.bounding_box()
    assert abs(formula["x"] + formula["width"] / 2 - whole["x"] - whole["width"] / 2) < 12
    assert abs(number["x"] + number["width"] - whole["x"] - whole["width"]) < 1
    assert page.locator("div.math .eqno").first.inner_text().startswith("(1)")


def test_what_is_wider_all_the_same_is_reached_by_keyboard_and_shows_it(show):
    page = show(PHONE)
    assert page.evaluate(RUNS_OVER.format(WIDE_ROW))
    until(page, f"{WIDE_ROW}.tabIndex === 0")
    region = page.get_by_role("region", name="Formula 3, scrolls")
    assert "linear-gradient" in region.evaluate("e => getComputedStyle(e).backgroundImage")
    page.keyboard.press("Tab")
    region.focus()
    page.keyboard.press("ArrowRight")
    until(page, f"{WIDE_ROW}.scrollLeft > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(f"{TWO_ROWS}.tabIndex") == -1


def test_on_paper_nothing_runs_over(show):
    page = show({"width": 627, "height": 900})  # A4 less its margins
    page.emulate_media(media="print")
    assert not page.evaluate(RUNS_OVER.format(TWO_ROWS))
    assert page.evaluate(f"getComputedStyle({WIDE_ROW}).backgroundImage") == "none"
