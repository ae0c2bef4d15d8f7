"""Exercises in a real browser: written, run wrong, helped, solved, remembered, counted; and read without scripts."""

from __future__ import annotations

import re

import pytest

from tests.site.pages import CHAPTER, HOME, until
from tests.site.test_accessibility import faults

LONG = 240_000  # ms, on a busy machine; a test has five minutes
NAME = "exercise-undecided"
WRONG = "def undecided_share(temperature):\n    return 1 - temperature"
RIGHT = "def undecided_share(temperature):\n    return np.tanh(temperature * np.log(9) / 2)"


@pytest.fixture(scope="module")
def page(alone, hosting):
    """A chapter in a browser of its own, so that what is solved is remembered from test to test."""
    context = alone.new_context()
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{hosting.address}/{CHAPTER}", wait_until="load")
    yield page
    assert page.errors == []
    context.close()


@pytest.fixture
def card(page):
    return page.locator(f"#{NAME}")


def answer(card, code):
    """Write an answer and run it, by keyboard alone; return what is said of it."""
    card.get_by_role("button", name="Edit").press("Enter")
    editor = card.get_by_role("textbox", name="Code of exercise 1")
    editor.fill(code)
    editor.press("Control+Enter")
    card.locator(".run-note", has_text=re.compile("^Ran in|^Ended")).wait_for()
    return card.get_by_role("status").inner_text()


def came(card):
    return card.locator(".exercise-came").all_inner_texts()


def test_before_a_run_nothing_is_judged_and_no_answer_is_told(card):
    assert came(card) == ["", "", ""]
    assert card.locator(".exercise-checks code:visible").count() == 0
    assert card.locator(".exercise-off").is_hidden()
    assert card.locator(".exercise-mark").is_hidden()


def test_a_wrong_answer_says_which_checks_fail_by_which_number(card):
    assert answer(card, WRONG) == "0 of 3 checks hold. There is a hint below."
    assert came(card)[1] == "does not hold: yours is 0.9"
    assert card.locator(".fails").count() == 3
    assert card.locator(".exercise-checks code:visible").count() == 0


def test_an_answer_that_raises_checks_nothing(card):
    assert "ended in an error: TypeError" in answer(card, "def undecided_share(temperature):\n    return ... / 2")
    assert came(card) == ["", "", ""]
    assert "the three dots" in card.locator(".run-hint").inner_text()


def test_hints_come_one_at_a_time(card):
    first, second = card.locator("details.exercise-hint").all()
    assert first.is_visible() and second.is_hidden()
    first.locator("summary").press("Enter")
    second.locator("summary").wait_for()
    assert first.locator("p").first.is_visible()


def test_only_what_an_answer_needs_is_run_before_it(page, card):
    """Nothing of the chapter's long experiments was asked for."""
    assert page.locator(".run-yours").count() == card.locator(".run-yours").count()
    needs = card.get_attribute("data-needs").split()
    assert 0 < len(needs) <= 4


def test_nothing_bars_the_way_to_an_open_exercise(page, card):
    answer(card, WRONG)
    page.evaluate("document.querySelectorAll('.exercise details').forEach((each) => (each.open = true))")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        until(page, f"document.documentElement.dataset.theme == '{scheme}'")
        assert faults(page, within=".exercise") == []


def test_reset_brings_the_starter_back_and_takes_the_verdicts_away(card):
    card.get_by_role("button", name="Edit").click()
    card.get_by_role("textbox").fill(WRONG)
    card.get_by_role("button", name="Reset").click()
    assert "to be replaced" in card.locator(".cell_input").first.inner_text()
    assert came(card) == ["", "", ""]


def test_a_name_of_another_cell_is_found_all_the_same(page, card):
    body = "def undecided_share(temperature):\n    return np.tanh(temperature * np.log(9) / 2) + 0 * len(ALPHA)"
    if page.locator(".exercise").count() < 2:
        pytest.skip("a chapter of this exercise alone")
    assert answer(card, body) == "Solved: all checks hold."
    page.evaluate("localStorage.clear()")
    again = page.context.new_page()  # not this one: Python would begin anew in it
    again.goto(page.url, wait_until="load")
    assert again.locator(f"#{NAME} .exercise-mark").is_hidden()
    again.close()


def test_a_right_answer_is_remembered_and_shown_at_home(page, card, hosting):
    assert answer(card, RIGHT) == "Solved: all checks hold."
    assert [text.split(":")[0] for text in came(card)] == ["holds"] * 3
    assert "at_0_1 = 0.109" in card.locator(".exercise-checks").inner_text()
    page.reload(wait_until="load")
    assert card.locator(".exercise-mark").inner_text() == "Solved"
    tally = re.compile(r"^1 of \d+ exercises? solved$")
    assert tally.match(page.locator(".paper-exercises").inner_text())
    page.goto(f"{hosting.address}/{HOME}", wait_until="load")
    home = page.locator(".exercises")
    assert tally.match(home.locator("[data-exercises]").inner_text())
    home.get_by_role("button", name="Forget").click()
    assert "at your answer" in home.inner_text()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('exegesis-solved'))") == []
    page.goto(f"{hosting.address}/{CHAPTER}", wait_until="load")
    assert card.locator(".exercise-mark").is_hidden()


def test_without_scripts_all_of_it_can_be_read(open_page):
    with open_page(CHAPTER, java_script_enabled=False) as visit:
        card = visit.page.locator(f"#{NAME}")
        assert "to be replaced" in card.inner_text()
        assert card.locator("details.exercise-hint > summary:visible").count() == 2
        assert "needs scripts" in card.locator(".exercise-off").inner_text()
        card.locator("details.exercise-solution > summary").click()
        assert "np.tanh" in card.locator("details.exercise-solution").inner_text()


def test_on_a_phone_nothing_is_wider_than_the_page(open_page):
    with open_page(CHAPTER, viewport={"width": 360, "height": 740}) as visit:
        box = visit.page.locator(f"#{NAME}").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
