"""Hostile chapters in a reader's browser: nothing of theirs runs, and nothing leaves."""

from __future__ import annotations

import pytest

from tests.site.elsewhere import Elsewhere
from tests.site.pages import Visit, until
from tests.site.server import SiteServer
from tests.tiny import TinyBook, chapter, write_book

#: What tells that something ran: the page's own title, or a question to the other host.
RUNS = "document.title='ran';fetch('ELSEWHERE/ran')"
#: As raw HTML of a text: each is a fault of the build, and stands in the page all the same here.
TEXTS = [
    f"<script>{RUNS}</script>",
    f'<img src="no.png" onerror="{RUNS}">',
    f'<p><a class="hostile" href="javascript:{RUNS}">a</a></p>',
    f'<svg onload="{RUNS}"><circle r="9"/></svg>',
    f'<details open ontoggle="{RUNS}"><summary>a</summary>b</details>',
    f'<iframe srcdoc="<script>{RUNS}</script>"></iframe>',
    '<iframe src="ELSEWHERE/frame"></iframe>',
    '<style>@import "ELSEWHERE/import"; body { background: url(ELSEWHERE/background) }</style>',
    '<p style="background: url(ELSEWHERE/style)">a</p>',
    '<link rel="stylesheet" href="ELSEWHERE/sheet">',
    '<link rel="prefetch" href="ELSEWHERE/prefetch">',
    '<img src="ELSEWHERE/picture">',
    '<video autoplay src="ELSEWHERE/video" poster="ELSEWHERE/poster"></video>',
    '<object data="ELSEWHERE/object"></object>',
    '<script src="ELSEWHERE/script"></script>',
    '<script type="module">import "ELSEWHERE/module"</script>',
    '<base href="ELSEWHERE/"><form action="ELSEWHERE/form"><button class="hostile">a</button></form>',
]
#: As HTML that a cell gives: it runs, in a place where it can do nothing but draw.
OUTPUT = """<style>@import "ELSEWHERE/import"; p { color: rgb(1, 2, 3); height: 700px }</style><p></p><script>
const tried = [];
const attempt = (name, what) => { try { what(); tried.push(name) } catch {} };
attempt("page", () => parent.parent.document.title = "ran");
attempt("storage", () => localStorage.setItem("a", "b"));
attempt("top", () => { top.location = "ELSEWHERE/top" });
fetch("ELSEWHERE/fetch").catch(() => {});
new Image().src = "ELSEWHERE/image";
window.open("ELSEWHERE/window");
document.querySelector("p").textContent = `drawn ${tried}`;
document.body.append(Object.assign(document.createElement("iframe"), { src: "ELSEWHERE/frame" }));
</script>"""
#: Such a frame may lead itself away: all that comes of it is that it shows nothing.
AWAY = (
    """<p>b</p><script>location = "ELSEWHERE/away"</script><meta http-equiv="refresh" content="0; ELSEWHERE/refresh">"""
)
CELL = """
```{{code-cell}} python
class Shown:
    def _repr_mimebundle_(self):
        return {{"text/html": {!r}}}

Shown()
```
"""


@pytest.fixture(scope="module")
def elsewhere():
    with Elsewhere() as server:
        yield server


@pytest.fixture(scope="module")
def build(tmp_path_factory, elsewhere):
    """Build the hostile book, with or without the policy."""

    def build(policy):
        texts = "\n\n".join(TEXTS)
        body = f"# One\n\n{texts}\n\n## Two\n\nEnd.\n".replace("ELSEWHERE", elsewhere.address)
        cells = "".join(CELL.format(each.replace("ELSEWHERE", elsewhere.address)) for each in (OUTPUT, AWAY))
        cell = f"# Three\n{cells}"
        folder = write_book(tmp_path_factory.mktemp("book"), {"text": chapter(body), "cell": chapter(cell)})
        book = TinyBook(folder, html_theme="sphinx_book_theme", exegesis_policy=policy)
        assert book.messages  # all of it is told
        return book.app.outdir

    return build


@pytest.fixture(scope="module")
def site(build):
    with SiteServer(build(True)) as server:
        yield server


@pytest.fixture
def visit(browser, elsewhere):
    elsewhere.asked.clear()
    visit = Visit(browser)
    yield visit
    visit.close()


def press_all(visit):
    for each in visit.page.locator(".hostile").all():
        each.click(no_wait_after=True)
    visit.page.wait_for_timeout(300)  # what would come of it has no event of its own


def test_nothing_of_a_hostile_text_runs_or_asks_another_host(visit, site, elsewhere):
    visit.open(site.address, "book/papers/text.html")
    press_all(visit)
    assert elsewhere.asked == []
    assert visit.page.title() != "ran"
    assert visit.page.url == f"{site.address}/book/papers/text.html"
    assert sum("Content Security Policy" in error for error in visit.errors) >= len(TEXTS) - 3


def test_without_the_policy_it_would(visit, build, elsewhere):
    with SiteServer(build(False)) as server:
        visit.open(server.address, "book/papers/text.html")
        visit.page.wait_for_timeout(300)
        assert visit.page.title() == "ran"
        assert {"/ran", "/frame", "/style", "/sheet", "/picture", "/script"} <= {*elsewhere.asked}


def test_what_a_cell_gives_draws_in_its_frame_and_reaches_nothing(visit, site, elsewhere):
    visit.open(site.address, "book/papers/cell.html")
    visit.page.locator(".output-frame").last.scroll_into_view_if_needed()
    frame = visit.page.locator(".output-frame").first
    frame.scroll_into_view_if_needed()
    within = frame.content_frame.frame_locator("iframe").locator("p")
    within.wait_for()
    until(visit.page, "document.querySelector('.output-frame').offsetHeight > 650")  # as high as it is
    visit.page.wait_for_timeout(300)
    assert within.inner_text() == "drawn"
    assert within.evaluate("element => getComputedStyle(element).color") == "rgb(1, 2, 3)"
    assert elsewhere.asked == []
    assert visit.page.title() != "ran"
    assert len(visit.context.pages) == 1


def test_a_frame_that_is_opened_by_itself_has_no_more_rights(visit, site, elsewhere):
    visit.open(site.address, "book/papers/cell.html")
    address = visit.page.locator(".output-frame").first.evaluate("element => element.src")
    visit.page.goto(address)
    within = visit.page.frame_locator("iframe").locator("p")
    within.wait_for()
    visit.page.wait_for_timeout(300)
    assert within.inner_text() == "drawn"
    assert elsewhere.asked == []
    assert visit.page.url == address
