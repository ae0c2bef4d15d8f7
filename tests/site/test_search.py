"""Searching, as a student would."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from urllib.parse import quote

import pytest

from tests.site.pages import PHONE, until

DONE = """() => document.querySelector(".search-count").textContent
    || !document.getElementById("search-failure").hidden"""
HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    '"><svg onload=window.hit=1>',
    "javascript:alert(1)",
    "{{7*7}} ${7*7} %3Cb%3E \\ \u202e \u0000 \U0001f600",
    '"',
    "a" * 5000,
]


class Question:
    """The search page, asked by its address."""

    def __init__(self, visit):
        self.visit, self.page = visit, visit.page
        until(self.page, DONE)

    def settle(self):
        self.page.wait_for_load_state("networkidle")
        until(self.page, "() => document.querySelector('.search-results')?.ariaBusy != 'true'")

    @property
    def results(self):
        return self.page.locator(".search-title").all_inner_texts()

    @property
    def first(self):
        return self.page.locator(".search-result").first

    @property
    def count(self):
        return int(self.page.inner_text(".search-count").split()[0])

    def values(self, name):
        return self.page.eval_on_selector_all(f"[name={name}] option", "all => all.map(o => o.value)")

    def choose(self, name, value):
        self.page.select_option(f"[name={name}]", value)
        self.page.wait_for_url(f"**{name}={quote(value)}*")
        self.settle()

    def assert_well(self):
        assert self.visit.errors == []
        assert self.visit.hosts <= {self.visit.host, ""}


@pytest.fixture
def ask(open_page):
    @contextlib.contextmanager
    def ask(query, **options):
        with open_page(f"search.html?{query}", **options) as visit:
            yield Question(visit)

    return ask


@pytest.mark.parametrize(
    ("query", "title", "told"),
    [
        ("depthwise", "MobileNetV2", "CVPR 2018"),
        ("Levine", "", "Sergey Levine"),
        ("ICML 2019", "", "ICML 2019"),  # of several chapters
        ("ICCV 2017", "Mask R-CNN", "ICCV 2017"),
        ("iccv 2017", "Mask R-CNN", "Kaiming He"),
        ("Dollar", "", "Piotr Dollár"),  # typed without the accent
        ("gumbel", "The Concrete Distribution", "ICLR 2017"),
        ("non-maximum", "", "CVPR"),
    ],
)
def test_the_right_chapter_comes_first(ask, query, title, told):
    with ask(f"q={quote(query)}") as asked:
        assert title in asked.results[0]
        assert told in asked.first.inner_text()
        asked.assert_well()


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("resnet", "Deep Residual Learning"),
        ("offline RL", "B"),  # BEAR, or BRAC
        ("GP", "Gaussian Processes in Machine Learning"),
        ("NAS", "Neural Architecture Search with Reinforcement Learning"),
        ("bottelneck", "MobileNetV2"),
        ("extrapolation error", "BCQ"),
        ("who wrote pearl", "Off-Policy Meta-RL"),
        ("what is the Gumbel-softmax?", "The Concrete Distribution"),
        ("Kaimnig", ""),
    ],
)
def test_what_people_type_finds_what_they_mean(ask, query, title):
    with ask(f"q={quote(query)}") as asked:
        assert asked.results[0].startswith(title)
        asked.assert_well()


def test_it_says_which_words_it_took_instead(ask):
    with ask("q=bottelneck") as asked:
        assert "for “bottleneck" in asked.page.inner_text(".search-count")


def test_results_appear_in_the_dialog_while_one_types(open_page):
    with open_page("book/papers/resnet.html") as visit:
        keys, page = visit.page.keyboard, visit.page
        keys.press("Control+k")
        keys.type("bottelneck")
        page.locator(".quick-said", has_text="for “bottleneck").wait_for()  # before, there is what begins with "b"
        assert page.locator(".quick-title").first.inner_text() == "MobileNetV2"
        keys.press("ArrowDown")
        assert page.evaluate("document.activeElement.className") == "quick-result"
        keys.press("Enter")
        page.wait_for_url("**/book/papers/mobilenetv2.html*")
        keys.press("Control+k")
        keys.type("wombat")
        until(page, "document.querySelector('.quick-said').textContent.startsWith('Nothing found')")
        keys.press("Escape")
        assert not page.locator("#pst-search-dialog").is_visible()
        assert visit.errors == []


def test_the_dialogs_icon_stands_beside_the_words(open_page):
    with open_page("book/papers/resnet.html") as visit:
        visit.page.keyboard.press("Control+k")
        icon = visit.page.locator("#pst-search-dialog .icon").first.bounding_box()
        field = visit.page.locator("#pst-search-dialog input").bounding_box()
        assert icon["x"] + icon["width"] <= field["x"]
        style = "e => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow"
        assert visit.page.locator("#pst-search-dialog input").evaluate(style) == "nonenone"  # one frame: the form's


def test_a_result_leads_to_the_chapter_and_to_its_sections(ask):
    with ask("q=depthwise") as asked:
        assert asked.page.locator(".search-excerpt mark").first.inner_text().lower() == "depthwise"
        for link in asked.first.locator("a").all():
            where = link.evaluate("a => a.href")
            answer = asked.page.context.request.get(where)
            assert answer.ok
            assert f'id="{where.partition("#")[2]}"' in answer.text() or "#" not in where
        asked.first.locator("a").first.click()
        asked.page.wait_for_url("**/mobilenetv2.html")
        asked.page.go_back()
        until(asked.page, DONE)
        assert asked.results[0] == "MobileNetV2"


def test_filters_narrow_and_tell_how_far(ask):
    with ask("q=residual") as asked:
        before = asked.count
        asked.choose("keyword", "computer-vision")
        between = asked.count
        label = asked.page.locator("[name=keyword] option:checked").inner_text()
        assert label == f"computer-vision ({between})"
        year = asked.values("year")[1]
        asked.choose("year", year)
        assert before > between > asked.count > 0
        assert all(year in text for text in asked.page.locator(".search-where").all_inner_texts())
        assert len(asked.values("keyword")) > 2  # others can be chosen instead
        assert asked.values("year")[1:] == sorted(asked.values("year")[1:], reverse=True)
        asked.page.reload()
        until(asked.page, DONE)
        assert asked.page.input_value("[name=year]") == year
        asked.page.click(".search-clear")
        asked.page.wait_for_url("**/search.html")
        asked.settle()
        assert asked.results == []
        asked.assert_well()


def test_filters_alone_list_the_chapters_latest_first(ask):
    with ask("keyword=computer-vision") as asked:
        years = [int(text[-4:]) for text in asked.page.locator(".search-where").all_inner_texts()]
        assert len(years) > 3
        assert years == sorted(years, reverse=True)


def test_the_rest_is_shown_when_asked_for(ask):
    with ask("q=network") as asked:
        assert asked.count > 10
        assert len(asked.results) == 10
        asked.page.click(".search-more")
        until(asked.page, "document.querySelectorAll('.search-result').length > 10")
        assert len(asked.results) == min(asked.count, 20)
        assert asked.page.evaluate("document.activeElement.textContent") == asked.results[10]


def test_every_page_leads_to_it_by_the_keyboard_alone(open_page):
    with open_page("book/papers/resnet.html") as visit:
        keys = visit.page.keyboard
        keys.press("Control+k")
        keys.type("depthwise")
        keys.press("Enter")
        visit.page.wait_for_url("**/search.html?q=depthwise")
        until(visit.page, DONE)
        assert visit.page.evaluate("document.activeElement.name") == "q"
        keys.press("ArrowDown")
        assert visit.page.evaluate("document.activeElement.textContent") == "MobileNetV2"
        keys.press("ArrowUp")
        keys.press("Control+a")
        keys.type("levine")
        visit.page.wait_for_url("**q=levine")
        visit.page.wait_for_load_state("networkidle")
        for name in ("venue", "year", "keyword"):
            keys.press("Tab")
            assert visit.page.evaluate("document.activeElement.name") == name
        keys.press("Tab")  # clear all
        keys.press("Tab")
        keys.press("Enter")
        visit.page.wait_for_url("**/book/papers/*.html")
        assert "Sergey Levine" in visit.page.inner_text(".paper-authors")
        assert visit.errors == []


@pytest.mark.parametrize("query", HOSTILE)
def test_what_is_typed_and_asked_stays_text(ask, query):
    with ask(f"q={quote(query)}&venue={quote(query)}&year=x&other={quote(query)}") as asked:
        asked.page.fill(".search [name=q]", query)
        asked.settle()
        assert asked.page.evaluate("window.hit") is None
        assert asked.page.locator(".search script, .search img, .search svg").count() == 0
        asked.assert_well()


def test_nothing_found_is_told(ask):
    with ask("q=wombat") as asked:
        assert asked.page.inner_text(".search-count").startswith("Nothing found")
        assert asked.page.get_attribute(".search-count", "aria-live") == "polite"


def test_a_question_comes_in_pieces(open_page):
    sizes = {}
    with open_page("search.html", fresh=True) as visit:
        visit.page.on("response", lambda answer: sizes.update({answer.url: int(answer.headers["content-length"])}))
        visit.page.wait_for_load_state("networkidle")
        visit.page.fill(".search [name=q]", "depthwise")
        until(visit.page, DONE)
        visit.page.wait_for_load_state("networkidle")
        assert len([url for url in sizes if "/index/" in url]) <= 2
        assert sum(size for url, size in sizes.items() if "/index/" in url or "/fragment/" in url) < 120_000


def test_without_scripts_it_leads_to_the_listings(open_page):
    with open_page("search.html?q=x", java_script_enabled=False) as visit:
        note = visit.page.locator("noscript p")
        assert note.locator("a").count() == 4
        assert not visit.page.locator(".search").is_visible()


def test_a_page_opened_from_a_folder_says_what_to_do(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"file://{site}/search.html?q=depthwise")
    page.wait_for_selector("#search-failure:not([hidden])")
    assert not page.locator(".search").is_visible()
    context.close()


def test_it_works_below_the_hosts_root(ask, site, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "book").symlink_to(site)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with ask("q=depthwise", address=f"http://127.0.0.1:{server.server_port}/some/book") as asked:
            asked.first.locator("a").first.click()
            asked.page.wait_for_url("**/some/book/book/papers/mobilenetv2.html")
            assert asked.visit.errors == []
    finally:
        server.shutdown()
        server.server_close()


def test_a_phone_scrolls_one_way_only(ask):
    with ask("q=residual", viewport=PHONE) as asked:
        assert asked.page.evaluate("document.documentElement.scrollWidth") <= 360
