"""The map in a browser: labels in their frames, a path that is followed, a list on a phone."""

from __future__ import annotations

from tests.site.pages import CHAPTERS, PHONE, until

MAP = "book/browse/map.html"
OUTSIDE = """all => all.filter(node => {
  const text = node.querySelector("text").getBBox(), box = node.querySelector("rect").getBBox();
  return text.x < box.x + 4 || text.x + text.width > box.x + box.width - 4
    || text.y < box.y + 2 || text.y + text.height > box.y + box.height - 2;
}).map(node => node.textContent)"""


def on(page):
    return set(page.eval_on_selector_all(".map-node.map-on", "all => all.map(node => node.dataset.slug)"))


def test_every_chapter_is_there_and_its_label_is_in_its_frame(open_page):
    with open_page(MAP) as visit:
        assert visit.page.locator(".map-node").count() == len(CHAPTERS)
        assert visit.page.eval_on_selector_all(".map-node", OUTSIDE) == []


def test_a_path_is_followed_on_hover_and_on_focus(open_page):
    with open_page(MAP, reduced_motion="reduce") as visit:
        page = visit.page
        page.locator("[data-slug=mobilenetv2]").hover()
        assert on(page) == {"resnet", "mobilenetv2", "mnasnet"}
        lit = page.eval_on_selector_all("path.map-on", "all => all.map(e => e.dataset.from + ' ' + e.dataset.to)")
        assert sorted(lit) == ["mobilenetv2 mnasnet", "resnet mobilenetv2"]
        page.mouse.move(2, 2)
        until(page, "!document.querySelector('.map-follows')")
        page.keyboard.press("Tab")  # so that focus is the keyboard's
        page.locator("[data-slug=yolo]").focus()
        assert on(page) == {"faster-rcnn", "yolo"}
        assert visit.errors == []


def test_a_phone_has_the_list(open_page):
    with open_page(MAP, viewport=PHONE) as visit:
        page = visit.page
        assert not page.locator(".map").is_visible()
        assert page.locator(".map-list > li").count() == len(CHAPTERS)
        assert "after BEAR" in page.locator(".map-list").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
