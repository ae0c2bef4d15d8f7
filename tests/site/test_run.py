"""Cells that run in the page, in a real browser, with Pyodide from this machine and no other host."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from exegesis.browser import pyodide
from exegesis.browser.imports import Imported
from exegesis.execution.notebook import cells_in_order
from tests.site.elsewhere import Elsewhere
from tests.site.pages import CHAPTER, CHAPTERS, each, until
from tests.site.test_accessibility import COLOURS, faults

LONG = 240_000  # ms, on a busy machine; a test has five minutes
#: Cells of Concrete, by their place or by their figure.
IMPORTS, FUNCTIONS, NEXT, FIGURE = 1, 2, 3, "fig-concrete-simplex"


@pytest.fixture(scope="session")
def context(alone):
    """One for all tests of a process, so that Pyodide is fetched from the browser's cache."""
    context = alone.new_context()
    yield context
    context.close()


def open_chapter(context, hosting, name=CHAPTER):
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{hosting.address}/{name}", wait_until="load")
    return page


@pytest.fixture
def visit(context, hosting):
    """Open a page; in the end it must have had no error."""
    pages = []
    hosting.asked.clear()
    hosting.blocked = ""

    def go(name=CHAPTER, context=context):
        pages.append(open_chapter(context, hosting, name))
        return pages[-1]

    yield go
    for page in pages:
        assert page.errors == []
        page.close()


@pytest.fixture(scope="session")
def kept():
    """The page that a test has left, if it left it in order."""
    kept = []
    yield kept
    for page in kept:
        page.close()


@pytest.fixture
def page(context, hosting, kept):
    """A chapter with the book's cells and outputs; its Python may have run already: that it begins takes seconds."""
    hosting.blocked = ""
    page = kept.pop() if kept else open_chapter(context, hosting)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    yield page
    well = page.errors == [] and page.locator(".run-active").count() == 0
    for button in page.get_by_role("button", name=re.compile("^Reset")).all()[::-1] if well else []:
        button.click()
    kept.append(page) if well else page.close()
    assert page.errors == []


def cell(page, which):
    cells = page.locator("div.cell[id^='cell-']:not(.exercise .cell)")
    return cells.nth(which) if isinstance(which, int) else cells.filter(has=page.locator(f"#{which}"))


def press(page, index, name):
    cell(page, index).locator(".run-button").first.focus()  # the rarer buttons show then
    cell(page, index).get_by_role("button", name=re.compile(f"^{name}")).first.click()


def note(page, index, text):
    """Wait until a cell's note says something."""
    cell(page, index).locator(".run-note", has_text=text).wait_for()
    return cell(page, index).locator(".run-note").inner_text()


def write(page, index, code):
    press(page, index, "Edit")
    cell(page, index).locator("textarea").fill(code)


END = re.compile("^Ran in|^Ended|ended in an error|does not run")


def run(page, index, name="Run"):
    """Run a cell and wait for its end."""
    press(page, index, name)
    cell(page, index).locator(".run-note", has_text=END).wait_for()


def yours(page, index):
    return cell(page, index).locator(".run-yours")


def test_nothing_is_fetched_before_the_first_press(visit, hosting):
    page = visit()
    page.wait_for_load_state("networkidle")
    heavy = [path for path in hosting.asked if re.search("/run/|pyodide|ipynb|worker|editor", path)]
    assert heavy == []


def test_the_size_is_said_beforehand(visit):
    page = visit()
    files = pyodide.packages_for(Imported(frozenset({"numpy", "matplotlib", "scipy", "autograd"})))
    size = f"{round(pyodide.size_of(files) / 1e6)} MB"
    assert size in cell(page, FIGURE).get_by_role("button", name="Run").first.inner_text()
    assert size in page.locator(".run-about").inner_text()


def test_a_cell_runs_after_those_above_it_and_shows_its_figure(page):
    book = cell(page, FIGURE).locator(".cell_output img")
    book.scroll_into_view_if_needed()
    book.wait_for()
    run(page, FIGURE)
    picture = yours(page, FIGURE).locator("img")
    picture.wait_for()
    assert not book.is_visible()
    assert "The book’s picture shows: Four triangles" in picture.get_attribute("alt")
    assert yours(page, FIGURE).locator(".run-whose").inner_text() == "From your run"
    assert cell(page, FIGURE).locator("figcaption").is_visible()
    # What the book has is a press away.
    press(page, FIGURE, "Show the book")
    book.wait_for()
    assert not picture.is_visible()


def test_an_edited_cell_changes_the_output_and_reset_brings_the_book_back(page):
    book = cell(page, FUNCTIONS).locator("pre").first.inner_text()
    write(page, FUNCTIONS, "1 / 8")
    run(page, FUNCTIONS)
    assert yours(page, FUNCTIONS).locator(".run-value").inner_text() == "0.125"
    press(page, FUNCTIONS, "Reset")
    assert yours(page, FUNCTIONS).count() == 0
    assert cell(page, FUNCTIONS).locator("pre").first.inner_text() == book
    run(page, FUNCTIONS)
    assert yours(page, FUNCTIONS).count() == 0  # the book's cell only defines functions


def test_an_error_is_text_with_the_line_of_the_cell(page):
    write(page, FUNCTIONS, "def f(x):\n    return x / 0\n\nf(1)")
    run(page, FUNCTIONS)
    error = yours(page, FUNCTIONS).locator(".run-error").inner_text()
    assert error.splitlines() == [
        f"Cell {FUNCTIONS + 1}, line 4",
        "    f(1)",
        f"Cell {FUNCTIONS + 1}, line 2, in f",
        "    return x / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert cell(page, FUNCTIONS).locator(".pce-line").nth(1).get_attribute("data-line") == "2", "the editor counts them"


def test_a_line_that_an_error_names_is_numbered_and_marked_where_it_stands(page):
    write(page, NEXT, "softmax(None)")
    run(page, NEXT)
    error = yours(page, NEXT).locator(".run-error")
    named = cell(page, FUNCTIONS).locator(".run-named")
    assert named.all_inner_texts() == ["3"]
    code = cell(page, FUNCTIONS).locator("pre").first.inner_text().splitlines()
    assert code[2] in error.inner_text()
    error.get_by_role("link", name=f"Cell {FUNCTIONS + 1}, line 3").click()
    assert page.evaluate("location.hash") == "#" + cell(page, FUNCTIONS).get_attribute("id")
    write(page, NEXT, "1")
    run(page, NEXT)
    assert page.locator(".run-lines").count() == 0


REACHING = """
import js
from pyodide.ffi import to_js

def attempt(name, what):
    try:
        what()
        print(name)
    except Exception:
        pass

def ask(address):
    request = js.XMLHttpRequest.new()
    request.open("GET", address, False)
    request.send()

attempt("site", lambda: ask(js.location.origin + "/claims.json"))
attempt("elsewhere", lambda: ask("ELSEWHERE/asked"))
attempt("eval", lambda: js.eval("1"))
attempt("Function", lambda: js.Function.new("1"))
attempt("page", lambda: js.document)
attempt("storage", lambda: js.localStorage)
for what in (js.fetch, js.EventSource.new, js.Worker.new):
    attempt("", lambda: what("ELSEWHERE/later"))
attempt("", lambda: js.WebSocket.new("ELSEWHERE/socket".replace("http", "ws")))
attempt("", lambda: js.Worker.new(js.location.origin + "/_static/copy.js?worker"))
message = {"output": {"kind": "picture", "text": "javascript:document.title='ran'"}}
js.postMessage(to_js(message, dict_converter=js.Object.fromEntries))
"""


def test_what_a_cell_reaches_is_the_site_and_no_more(page, hosting):
    with Elsewhere() as elsewhere:
        hosting.asked.clear()
        write(page, FUNCTIONS, REACHING.replace("ELSEWHERE", elsewhere.address))
        run(page, FUNCTIONS)
        page.wait_for_timeout(300)  # what would be asked for later tells nobody
        assert yours(page, FUNCTIONS).locator(".run-stdout").inner_text().split() == ["site"]
        assert elsewhere.asked == []
        assert "/claims.json" in hosting.asked
        assert not [path for path in hosting.asked if "worker" in path and "run-worker" not in path]
        assert page.locator("[href^='javascript'], [src^='javascript']").count() == 0


def test_a_package_that_is_not_there_is_said_in_words(page):
    write(page, IMPORTS, "import torch")
    run(page, IMPORTS)
    assert "No module named 'torch'" in yours(page, IMPORTS).locator(".run-error").inner_text()
    assert "Download the chapter's notebook" in yours(page, IMPORTS).locator(".run-hint").inner_text()


def test_the_cells_above_run_by_themselves_and_on_request(page):
    write(page, IMPORTS, "seven = 7")
    write(page, FUNCTIONS, "print(seven)\nseven + 1")
    run(page, FUNCTIONS)
    assert yours(page, FUNCTIONS).locator(".run-value").inner_text() == "8"
    # An edit above makes what is below stale: it runs again before the next cell.
    write(page, IMPORTS, "seven = 70")
    press(page, NEXT, "Run all above")
    yours(page, FUNCTIONS).locator(".run-value", has_text="71").wait_for()


def test_an_error_above_is_shown_where_it_is(page):
    write(page, IMPORTS, "1 / 0")
    run(page, FUNCTIONS)
    assert f"Cell {IMPORTS + 1}, which this one needs, ended in an error" in note(
        page, FUNCTIONS, f"Cell {IMPORTS + 1}"
    )
    assert "ZeroDivisionError" in yours(page, IMPORTS).locator(".run-error").inner_text()


def test_the_keyboard_alone_edits_runs_and_leaves(page):
    buttons = cell(page, IMPORTS).locator(".run-button")
    buttons.first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Edit
    until(page, "document.activeElement.tagName == 'TEXTAREA'")
    page.keyboard.press("Control+a")
    page.keyboard.type("if True:")
    page.keyboard.press("Enter")  # indents by itself
    page.keyboard.type("x = 1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "if True:\n    x = 1   "
    page.keyboard.press("Control+z")
    assert page.evaluate("document.activeElement.value") == "if True:\n    x = 1"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.firstChild.data") == "Run"
    page.keyboard.press("Enter")
    note(page, IMPORTS, "Ran in")
    assert page.evaluate("document.activeElement.firstChild.data") == "Run"  # the focus stayed


def test_axe_finds_nothing_while_editing_and_after_an_error(page):
    page.emulate_media(reduced_motion="reduce")
    write(page, FUNCTIONS, "print(1)\n1 / 0")
    run(page, FUNCTIONS)
    here = "#" + cell(page, FUNCTIONS).get_attribute("id")
    assert faults(page, within=here) == []
    page.emulate_media(color_scheme="dark")
    until(page, "document.documentElement.dataset.theme == 'dark'")
    assert faults(page, COLOURS, here) == []


@pytest.mark.parametrize("name", each(CHAPTERS))
def test_a_chapter_runs_to_its_last_cell_with_the_verdicts_of_the_book(request, site, name):
    page = request.getfixturevalue("page") if name == CHAPTER else request.getfixturevalue("visit")(name)
    slug = Path(name).stem
    notebook = json.loads((site / f"_sources/book/papers/{slug}.ipynb").read_text("utf-8"))
    code = {each["id"]: each for each in cells_in_order(nbformat.from_dict(notebook))}  # an exercise's are the reader's
    written = page.eval_on_selector_all(
        "div.cell[id^=cell-]:not(.exercise .cell)",
        "all => all.map(each => [each.id, each.querySelector('pre').textContent])",
    )
    assert {key: text.removesuffix("\n") for key, text in written} == {
        key: each["source"] for key, each in code.items()
    }
    press(page, 0, "Run all")
    ended = page.locator(".run-fault").or_(cell(page, -1).locator(".run-note", has_text=END))
    ended.first.wait_for()
    assert page.locator(".run-fault, .run-error").all_inner_texts() == []
    drawn = {key: page.locator(f"#{key} .run-picture").count() for key in code}
    assert drawn == {
        key: sum("image/png" in out.get("data", {}) for out in each["outputs"]) for key, each in code.items()
    }
    claims = json.loads((site / "claims.json").read_text("utf-8"))["claims"]
    book = {
        claim["id"]: [check["holds"] for part in (claim, claim["limits"] or {}) for check in part.get("checks", [])]
        for claim in claims
        if claim["summary"] == slug
    }
    mine = {
        name: page.eval_on_selector_all(
            f"#claim-{name} .run-verdict", "rows => rows.map(row => row.lastElementChild.textContent == 'holds')"
        )
        for name in book
    }
    assert mine == book


# The last with this page: Python begins anew in it.
def test_an_endless_loop_is_stopped_and_python_comes_back(page):
    write(page, IMPORTS, "print('going')\nwhile True:\n    pass")
    press(page, IMPORTS, "Run")
    note(page, IMPORTS, re.compile("^Running$"))
    assert page.evaluate("1 + 1") == 2  # the page is alive
    press(page, IMPORTS, "Stop")
    assert "Stopped" in note(page, IMPORTS, "Stopped")
    write(page, IMPORTS, "2 + 3")
    run(page, IMPORTS)
    assert yours(page, IMPORTS).locator(".run-value").inner_text() == "5"


@pytest.mark.slow
def test_a_blocked_download_is_said_in_words_and_can_be_tried_again(alone, visit, hosting):
    page = visit(context=alone.new_context())  # with nothing in its cache
    hosting.blocked = "pyodide.asm.wasm"
    run(page, IMPORTS)
    assert "Python does not run: 127.0.0.1" in note(page, IMPORTS, "does not run")
    assert "has no pyodide.asm.wasm (status 503)" in note(page, IMPORTS, "does not run")
    hosting.blocked = ""
    run(page, IMPORTS)
    note(page, IMPORTS, "Ran in")
    page.context.close()
