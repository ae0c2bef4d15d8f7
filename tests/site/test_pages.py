"""Every page, opened as a reader opens it."""

from __future__ import annotations

import pytest

from tests.site.pages import ALIKE, CHAPTER, CHAPTERS, GENERATED, ONE_OF_A_KIND, PAGES, PHONE, each, until

chapters = pytest.mark.parametrize("loaded", each(CHAPTERS), indirect=True, scope="session")


@pytest.mark.parametrize("loaded", each([*PAGES, *GENERATED]), indirect=True, scope="session")
def test_a_page_opens_without_error_and_asks_no_other_host(loaded):
    assert loaded.errors == []
    assert loaded.hosts <= {loaded.host, ""}


@chapters
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_show_and_have_their_words(opened, scheme):
    opened.see(color_scheme=scheme)
    page = opened.page
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    until(page, "[...document.querySelectorAll('article img')].every(i => i.complete)")
    pictures = page.eval_on_selector_all(
        "article img", "all => all.map(i => [i.naturalWidth > 0 && i.clientWidth > 0, i.alt.length > 10])"
    )
    assert len(pictures) >= 2
    assert all(shown and worded for shown, worded in pictures)
    until(page, f"document.documentElement.dataset.theme == '{scheme}'")


@chapters
def test_mathematics_is_set_and_its_fonts_are_there(opened):
    page = opened.page
    assert page.locator(".katex-html").count() > 10
    assert page.locator(".katex-error").count() == 0
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].some(f => f.family == 'KaTeX_Main' && f.status == 'loaded')")


def test_a_phone_scrolls_one_way_only(opened):
    opened.page.set_viewport_size(PHONE)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    titles = "[...document.querySelectorAll('.prev-next-title')]"  # whose words break only where one is too long
    opened.page.evaluate(f"{titles}.forEach(title => title.style.overflowWrap = 'normal')")
    assert opened.page.evaluate(f"{titles}.every(title => title.scrollWidth <= title.clientWidth)")


@pytest.mark.parametrize("name", each([CHAPTER, *CHAPTERS[:2]]))
def test_a_chapter_can_be_read_without_scripts(open_page, name):
    with open_page(name, java_script_enabled=False) as visit:
        assert visit.page.locator("article h1").is_visible()
        assert visit.page.locator(".katex-html").first.is_visible()
        assert visit.page.locator("article img").first.is_visible()
        assert visit.page.locator(".claim").first.is_visible()


def test_each_kind_has_one_page_that_stands_for_it():
    named = [page for _, *others in ALIKE for page in set(others)]
    assert len(named) == len(set(named)), "a page is of one kind"
    assert set(named) <= set(PAGES)
    assert {first for first, *_ in ALIKE} < ONE_OF_A_KIND
    assert {*PAGES, *GENERATED} >= ONE_OF_A_KIND


def test_a_phone_without_scripts_has_home_contents_and_search(open_page):
    with open_page(CHAPTER, java_script_enabled=False, viewport=PHONE) as visit:
        page = visit.page
        links = page.get_by_role("navigation", name="Without scripts").get_by_role("link")
        assert links.all_inner_texts() == ["Home", "Contents", "Search"]
        links.nth(1).click()
        assert page.get_by_role("navigation", name="Main").is_visible()
        links.nth(0).click()
        page.wait_for_url("**/book/index.html")
