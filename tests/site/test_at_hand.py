"""What a reader wants within reach: references beside their citations, copies, permalinks, other forms."""

from __future__ import annotations

import re
import subprocess

import nbformat
import pytest
from playwright.sync_api import expect

from tests.site.pages import CHAPTER, HOME, until
from tests.site.weight import ROOT

CITATION = "a.citation-link[href='#cite-zoph2017neural']"
EQUATION = "a.reference[href='#equation-eq-concrete-density']"
FIGURE = "a.reference[href='#fig-concrete-tradeoff']"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def preview(page):
    return page.locator(".preview")


def test_hovering_a_citation_shows_the_reference_and_it_can_be_reached(open_page):
    with open_page(CHAPTER) as visit:
        link = visit.page.locator(CITATION).first
        link.scroll_into_view_if_needed()
        link.hover()
        preview(visit.page).wait_for()
        assert "Neural architecture search with reinforcement learning" in preview(visit.page).inner_text()
        preview(visit.page).hover()
        visit.page.wait_for_timeout(400)
        assert preview(visit.page).is_visible(), "it stays while the pointer is over it"
        preview(visit.page).get_by_text("Read it here").click()
        visit.page.wait_for_url("**/nas-rl.html")
        assert visit.errors == []


def test_the_pointer_leaving_hides_it(open_page):
    with open_page(CHAPTER) as visit:
        visit.page.locator(CITATION).first.hover()
        preview(visit.page).wait_for()
        visit.page.mouse.move(2, 2)
        preview(visit.page).wait_for(state="detached")


def test_the_keyboard_shows_it_reaches_its_links_and_escape_keeps_the_place(open_page):
    with open_page(CHAPTER) as visit:
        page = visit.page
        link = page.locator(CITATION).first
        page.keyboard.press("Tab")  # so that focus is the keyboard's
        link.focus()
        assert preview(page).is_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.preview') !== null")
        page.keyboard.press("Escape")
        assert preview(page).count() == 0
        assert link.evaluate("link => link === document.activeElement")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.preview') === null")


def test_a_citation_is_described_by_its_reference_once(open_page):
    with open_page(CHAPTER) as visit:
        link = visit.page.locator(CITATION).first
        assert link.get_attribute("aria-describedby") == "cite-zoph2017neural"
        assert link.get_attribute("title") is None
        assert visit.page.locator("#cite-zoph2017neural").count() == 1
        link.hover()
        preview(visit.page).wait_for()
        ids = visit.page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
        assert len(ids) == len(set(ids)), "the copy has no ids"


@pytest.mark.parametrize("selector", ["a.citation-link", EQUATION, FIGURE])
def test_the_first_tap_shows_and_the_second_goes_there(open_page, selector):
    with open_page(CHAPTER, **PHONE) as visit:
        page = visit.page
        link = page.locator(selector).first
        link.tap()
        preview(page).wait_for()
        box = preview(page).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert "#" not in page.url
        link.tap()
        page.wait_for_url(f"**{link.get_attribute('href')}")
        assert preview(page).count() == 0


def test_every_citation_fits_on_a_phone(open_page):
    with open_page(CHAPTER, **PHONE) as visit:
        for link in visit.page.locator("a.citation-link").all():
            link.tap()
            box = preview(visit.page).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 360
            visit.page.keyboard.press("Escape")


@pytest.mark.parametrize(("selector", "part"), [(EQUATION, ".katex-display"), (FIGURE, "img")])
def test_a_number_shows_what_it_numbers(open_page, selector, part):
    with open_page(CHAPTER) as visit:
        visit.page.locator(selector).first.hover()
        preview(visit.page).locator(part).wait_for()
        assert preview(visit.page).locator(".headerlink").count() == 0


def test_code_and_both_records_are_copied_and_it_is_said(open_page):
    with open_page(CHAPTER, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.page
        cell = page.locator(".cell_input pre").first
        cell.hover()
        page.locator(".cell_input .copybtn").first.click()
        until(page, "document.querySelector('#copy-status').textContent === 'Copied!'")
        assert page.evaluate("navigator.clipboard.readText()") == cell.inner_text().strip()
        page.get_by_text("Cite", exact=True).click()
        starts = ("@inproceedings{maddison2017concrete", "@incollection{exegesis-concrete")
        for button, start in zip(page.locator(".paper-cite .copybtn").all(), starts, strict=True):
            button.focus()
            assert button.evaluate("b => getComputedStyle(b).opacity") == "1", "focus shows it"
            page.keyboard.press("Enter")
            until(page, f"navigator.clipboard.readText().then(text => text.startsWith('{start}'))")


def test_outputs_have_no_copy_button(open_page):
    with open_page(CHAPTER) as visit:
        assert visit.page.locator(".cell_input .copybtn").count() > 3
        assert visit.page.locator(".cell_output .copybtn").count() == 0


def test_claims_figures_and_equations_have_a_permalink_that_focus_shows(open_page):
    with open_page(CHAPTER) as visit:
        for place in (".claim", "figure", "div.math:has(.eqno)", ".heading-2"):
            link = visit.page.locator(f".bd-article {place} .headerlink").first
            link.focus()
            assert link.evaluate("l => [getComputedStyle(l).opacity, getComputedStyle(l).visibility]") == [
                "1",
                "visible",
            ], place
            target = link.get_attribute("href")
            assert visit.page.locator(f"[id='{target[1:]}']").count() == 1


def test_a_permalink_is_seen_and_copied_by_touch(open_page):
    with open_page(CHAPTER, **PHONE, permissions=["clipboard-read", "clipboard-write"]) as visit:
        page = visit.page
        hidden = "all => all.filter(link => getComputedStyle(link).opacity != '1').length"
        assert page.eval_on_selector_all(".bd-article .headerlink", hidden) == 0
        link = page.get_by_role("link", name="Link to What the paper claims")
        link.tap()
        page.get_by_role("status").filter(has_text="Link copied").wait_for(state="attached")
        assert page.evaluate("navigator.clipboard.readText()") == page.url
        assert page.url.endswith("#what-the-paper-claims")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_headings_are_read_without_their_links_and_each_link_says_where_it_leads(open_page):
    with open_page(CHAPTER) as visit:
        page = visit.page
        assert page.get_by_role("heading", name="#").count() == 0
        assert page.get_by_role("heading", name="The Concrete Distribution", exact=True, level=1).count() == 1
        names = page.eval_on_selector_all(".bd-article .headerlink", "all => all.map(link => link.ariaLabel)")
        assert not [name for name in names if not name.startswith("Link to ")]
        assert len(set(names)) == len(names) > 20


def test_the_other_forms_of_a_chapter_are_there(open_page, site):
    with open_page(CHAPTER) as visit:
        links = dict(
            visit.page.eval_on_selector_all(".paper-forms a", "all => all.map(a => [a.textContent, a.pathname])")
        )
    assert list(links) == ["Notebook", "Markdown source", "BibTeX"]
    assert (site / links["Markdown source"][1:]).read_text() == (ROOT / "book/papers/concrete.md").read_text()
    notebook = nbformat.read(site / links["Notebook"][1:], as_version=4)
    assert any(cell.get("outputs") for cell in notebook.cells)
    assert "@incollection{exegesis-concrete" in (site / links["BibTeX"][1:]).read_text()


@pytest.mark.parametrize("name", [HOME, CHAPTER])
def test_there_is_one_way_to_search(open_page, name):
    with open_page(name) as visit:
        for width in (360, 768, 820, 992, 1100, 1200, 1440):
            visit.page.set_viewport_size({"width": width, "height": 900})
            ways = visit.page.locator("[type=search], .search-button__button").filter(visible=True)
            expect(ways, f"{width} pixels").to_have_count(1)  # waits: the page is told of its new width in its own time


def test_colab_and_binder_find_what_they_need(site, tmp_path):
    subprocess.run(["make", "-s", "-o", "book", "notebooks"], cwd=ROOT, check=True)
    made = ROOT / "_build/notebooks"
    assert {path.stem for path in made.glob("*.ipynb")} == {path.stem for path in (ROOT / "book/papers").glob("*.md")}
    assert (made / "matplotlibrc").is_file()
    pinned = re.split(r"^(?=\S+==)", (made / "requirements.txt").read_text(), flags=re.MULTILINE)[1:]
    asked = {each.partition("==")[0] for each in pinned if "(pyproject.toml:chapters)" in each}
    assert asked == {"numpy", "matplotlib", "scipy", "scikit-learn", "autograd"}
    assert all("--hash=sha256:" in each for each in pinned)
