"""Every page, opened as a reader opens it."""

from __future__ import annotations

import pytest

from exegesis.command.project import Project
from tests.site.conftest import ROOT

PAGES = sorted(path.relative_to(ROOT).with_suffix(".html").as_posix() for path in Project.open(ROOT).pages())
CHAPTERS = [page for page in PAGES if "/papers/" in page]
GENERATED = ["index.html", "search.html"]


class Visit:
    """A page in a window of its own, with what went wrong on it."""

    def __init__(self, browser, address, name, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.errors, self.hosts = [], set()
        self.page.on(
            "console",
            lambda message: self.errors.append(message.text) if message.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", lambda answer: self.errors.append(answer.url) if answer.status >= 400 else None)
        self.page.on(
            "request", lambda request: self.hosts.add(request.url.split("/")[2] if "//" in request.url else "")
        )
        self.page.goto(f"{address}/{name}", wait_until="load")
        self.host = address.split("/")[2]

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.context.close()


@pytest.mark.parametrize("name", PAGES + GENERATED)
def test_a_page_opens_without_error_and_asks_no_other_host(browser, address, name):
    with Visit(browser, address, name) as visit:
        visit.page.wait_for_load_state("networkidle")
        assert visit.errors == []
        assert visit.hosts <= {visit.host, ""}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_show_and_have_their_words(browser, address, name, scheme):
    with Visit(browser, address, name, color_scheme=scheme) as visit:
        visit.page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
        visit.page.wait_for_function("[...document.querySelectorAll('article img')].every(i => i.complete)")
        pictures = visit.page.eval_on_selector_all(
            "article img", "all => all.map(i => [i.naturalWidth > 0 && i.clientWidth > 0, i.alt.length > 10])"
        )
        assert len(pictures) >= 2
        assert all(shown and worded for shown, worded in pictures)
        assert visit.page.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize("name", CHAPTERS)
def test_mathematics_is_set_and_its_fonts_are_there(browser, address, name):
    with Visit(browser, address, name) as visit:
        assert visit.page.locator(".katex-html").count() > 10
        assert visit.page.locator(".katex-error").count() == 0
        visit.page.evaluate("document.fonts.ready")
        assert visit.page.evaluate("[...document.fonts].some(f => f.family == 'KaTeX_Main' && f.status == 'loaded')")


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_one_way_only(browser, address, name):
    with Visit(browser, address, name, viewport={"width": 360, "height": 740}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", CHAPTERS[:3])
def test_a_chapter_can_be_read_without_scripts(browser, address, name):
    with Visit(browser, address, name, java_script_enabled=False) as visit:
        assert visit.page.locator("article h1").is_visible()
        assert visit.page.locator(".katex-html").first.is_visible()
        assert visit.page.locator("article img").first.is_visible()
        assert visit.page.locator(".claim").first.is_visible()
