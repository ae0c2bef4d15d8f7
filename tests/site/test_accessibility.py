"""Every page can be read by everyone, as far as a machine can tell."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.pages import CHAPTER, GENERATED, HOME, PAGES, PHONE, SHORT, until

EVERYTHING = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"],
    "resultTypes": ["violations"],
}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
#: Left out while axe looks, for its work grows with every element: what a page has again and again, in like places and
#: with the like in it, and the visible half of a formula, which is hidden from screen readers and has the colour of its
#: paragraph. The first of each list and table stays; so does a frame, which would load anew.
PUT_AWAY = """() => {
  const seen = {};
  const name = (each) => each.tagName + each.className;
  const all = document.querySelectorAll("main :is(li, tr, div, article, pre *):not(:first-child)");
  const again = [...all].filter((one) => {
    const inner = new Set([...one.querySelectorAll(":not(.katex *)")].map(name));
    const kind = [...[one, one.parentElement, one.parentElement.parentElement].map(name), ...[...inner].sort()].join();
    seen[kind] = (seen[kind] ?? 0) + 1;
    return seen[kind] > 5 && !inner.has("IFRAME");
  });
  window.away = [...again, ...document.querySelectorAll(".katex-html")].map((one) => {
    const place = document.createComment("");
    one.replaceWith(place);
    return [one, place];
  });
}"""


def faults(page, options=EVERYTHING, within=None):
    """Return what axe finds on a page, or within what a selector names there, each as 'rule: element'."""
    page.evaluate(PUT_AWAY)
    found = Axe().run(page, within, options).response["violations"]
    page.evaluate("away.forEach(([one, place]) => place.replaceWith(one))")
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]


def test_axe_finds_nothing(opened):
    page = opened.page
    opened.see(reduced_motion="reduce")
    until(page, "document.documentElement.dataset.theme == 'light'")
    folds = "details.sd-dropdown, details.exercise-fold"
    page.evaluate(f"document.querySelectorAll('{folds}').forEach(each => each.open = true)")
    assert faults(page) == []
    opened.see(reduced_motion="reduce", color_scheme="dark")
    until(page, "document.documentElement.dataset.theme == 'dark'")
    opened.unfold()
    assert faults(page, COLOURS) == []


LIKE_OTHERS = """() => {
  const list = document.createElement("ul");
  list.innerHTML = "<li><a href='/'>home</a></li>".repeat(50);
  list.lastChild.innerHTML = "<img src='/_static/favicon.svg'>";
  document.querySelector("main article").append(list);
}"""


def test_axe_sees_the_one_that_is_unlike_many(open_page):
    with open_page("search.html", reduced_motion="reduce", fresh=True) as visit:
        visit.page.evaluate(LIKE_OTHERS)
        told = faults(visit.page)
        assert visit.page.evaluate("away.length") >= 30
        assert any(fault.startswith("image-alt: ") for fault in told)


def test_axe_looks_within_what_is_named(open_page):
    with open_page("search.html", reduced_motion="reduce", fresh=True) as visit:
        visit.page.evaluate(LIKE_OTHERS)
        assert any(fault.startswith("image-alt: ") for fault in faults(visit.page, within="main ul"))
        assert faults(visit.page, within="main h1") == []


@pytest.mark.parametrize("drawer", ["primary", "secondary"])
def test_axe_finds_nothing_on_a_phone_with_a_drawer_open(open_page, drawer):
    with open_page("book/browse/index.html", viewport=PHONE, reduced_motion="reduce") as visit:
        visit.page.click(f".{drawer}-toggle")
        visit.page.locator(f"#pst-{drawer}-sidebar-modal[open]").wait_for()
        assert faults(visit.page) == []


@pytest.mark.parametrize("name", [*PAGES, *GENERATED])
def test_a_page_says_what_it_is(site, name):
    head, _, body = (site / name).read_text("utf-8").partition("</head>")
    assert re.search(r'<html[^>]* lang="en"', head)
    assert len(re.findall(r"<h1\b", body)) == 1
    assert head.count('name="viewport"') == 1
    (title,) = re.findall(r"<title>([^<]+)</title>", head)
    assert "Exegesis" in title
    (description,) = re.findall(r'<meta name="description" content="([^"]*)"', head)
    assert len(description) >= 20


def test_no_two_pages_describe_themselves_in_the_same_words(site):
    texts = [(site / name).read_text("utf-8") for name in [*PAGES, *GENERATED]]
    descriptions = [re.findall(r'<meta name="description" content="([^"]*)"', text)[0] for text in texts]
    assert len(set(descriptions)) == len(descriptions)


def test_the_sites_root_leads_to_the_home_page(open_page):
    with open_page("index.html") as visit:
        visit.page.wait_for_url("**/book/index.html")
    with open_page("", java_script_enabled=False) as visit:
        visit.page.wait_for_url("**/book/index.html")


# What the keyboard does ---------------------------------------------------

#: The focused element: what it is, its place among those that can have the focus (-1: it came later,
#: with a preview), whether it is on the screen, and whether one sees that it has the focus.
FOCUSED = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    what: element.outerHTML.slice(0, 120),
    place: (window.reachable ?? []).indexOf(element),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
  };
}"""
REACHABLE = """() => {
  const all = document.querySelectorAll("a[href], button, summary, input, select, [tabindex='0']");
  window.reachable = [...all].filter(one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0);
  return window.reachable.length;
}"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
def test_the_tab_key_reaches_everything_in_order_and_one_sees_where_it_is(open_page, width):
    with open_page(SHORT, viewport={"width": width, "height": 900}, reduced_motion="reduce") as visit:
        page = visit.page
        page.wait_for_load_state("networkidle")
        wanted = page.evaluate(REACHABLE)
        assert wanted > 50
        reached = []
        while len(reached) < wanted:
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            assert focused["inside"], f"it is off the screen: {focused['what']}"
            assert focused["seen"], f"nothing shows that it has the focus: {focused['what']}"
            if focused["place"] >= 0:
                assert focused["place"] == len(reached), f"it is not the next one: {focused['what']}"
                reached.append(focused["place"])


def test_the_first_tab_skips_to_the_text(open_page):
    with open_page(SHORT) as visit:
        keys = visit.page.keyboard
        keys.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to main content"
        keys.press("Enter")
        assert visit.page.evaluate("document.activeElement.tagName") == "MAIN"
        keys.press("Tab")
        assert visit.page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("drawer", ["primary", "secondary"])
@pytest.mark.parametrize(
    "way", ["Escape", *(pytest.param(way, marks=pytest.mark.slow) for way in ("button", "beside"))]
)
def test_a_drawer_keeps_the_focus_and_gives_it_back(open_page, drawer, way):
    with open_page(SHORT, viewport=PHONE, reduced_motion="reduce") as visit:
        page = visit.page
        page.locator(f".{drawer}-toggle").focus()
        page.keyboard.press("Enter")
        dialog = page.locator(f"#pst-{drawer}-sidebar-modal[open]")
        dialog.wait_for()
        for _ in range(40):
            page.keyboard.press("Tab")
            outside = "dialog => document.activeElement !== document.body && !dialog.contains(document.activeElement)"
            assert not dialog.evaluate(outside)
        if way == "Escape":
            page.keyboard.press("Escape")
        elif way == "button":
            dialog.get_by_role("button", name="Close").click()
        else:
            page.mouse.click(355 if drawer == "primary" else 5, 600)
        dialog.wait_for(state="detached")
        assert page.evaluate(f"document.activeElement.matches('.{drawer}-toggle')")
        assert visit.errors == []


def test_the_sidebar_can_be_put_away_and_stays_away(open_page):
    with open_page(SHORT, viewport={"width": 1280, "height": 900}) as visit:
        page = visit.page
        button = page.locator(".primary-toggle")
        sidebar = page.locator("#pst-primary-sidebar")
        assert (sidebar.is_visible(), button.get_attribute("aria-expanded")) == (True, "true")
        button.click()
        assert (sidebar.is_visible(), button.get_attribute("aria-expanded")) == (False, "false")
        page.goto(f"http://{visit.host}/{HOME}")
        assert not sidebar.is_visible()
        button.click()
        page.reload()
        assert sidebar.is_visible()


def test_the_colours_have_three_states_that_say_what_they_are(open_page):
    with open_page(SHORT, color_scheme="light") as visit:
        page = visit.page
        states = []
        for _ in range(3):
            button = page.get_by_role("button", name=re.compile("colours", re.IGNORECASE))
            states.append((button.inner_text().strip(), page.evaluate("document.documentElement.dataset.theme")))
            button.click()
        assert sorted(states) == [
            ("Colours as your system", "light"),
            ("Dark colours", "dark"),
            ("Light colours", "light"),
        ]


# Otherwise than with eyes and a mouse -------------------------------------


def test_formulas_are_there_for_screen_readers_once(open_page):
    with open_page(CHAPTER) as visit:
        page = visit.page
        formulas = page.locator(".katex").count()
        assert page.locator(".katex > .katex-mathml > math").count() == formulas > 50
        assert page.locator(".katex > .katex-html[aria-hidden=true]").count() == formulas
        assert page.locator(".katex-mathml").evaluate_all(  # a hint is hidden until it is asked for
            "all => all.every(one => !one.closest('[aria-hidden=true], [hidden]:not(.exercise *)'))"
        )
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        tree = visit.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        roles = [node.get("role", {}).get("value") for node in tree if not node.get("ignored")]
        assert sum(role in ("math", "MathMLMath") for role in roles) >= formulas


@pytest.mark.parametrize("name", [HOME, SHORT, "book/browse/claims.html", "search.html"])
def test_text_of_twice_the_size_stays_in_its_place(open_page, name):
    with open_page(name, viewport={"width": 1280, "height": 900}) as visit:
        visit.page.evaluate("document.documentElement.style.fontSize = '200%'")
        visit.page.evaluate("document.fonts.ready")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 1280
        assert visit.page.locator("article h1").is_visible()


def test_high_contrast_keeps_icons_and_focus(open_page):
    with open_page(SHORT, forced_colors="active") as visit:
        page = visit.page
        colour = "one => getComputedStyle(one, '::before').backgroundColor"
        icon = page.locator(".primary-toggle .icon").evaluate(colour)
        page_colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert icon not in (page_colour, "rgba(0, 0, 0, 0)")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["seen"]


def test_nothing_moves_for_those_who_ask_for_it(open_page):
    with open_page(SHORT, reduced_motion="reduce") as visit:
        slow = visit.page.evaluate(
            """[...document.querySelectorAll("*")].filter(one =>
                 getComputedStyle(one).transitionDuration.split(",").some(time => parseFloat(time) > 0.001)).length"""
        )
        assert slow == 0
