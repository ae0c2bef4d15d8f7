"""Every slider of the book, moved as a reader moves it."""

from __future__ import annotations

import pytest

from exegesis.execution.frames import OPTION
from exegesis.execution.notebook import read_notebook
from tests.site.pages import each, until
from tests.site.weight import ROOT

PAPERS = ROOT / "book" / "papers"


def sliders(path):
    text = path.read_text(encoding="utf-8")
    cells = read_notebook(text).cells if OPTION in text else []  # to read every chapter takes a second
    return [cell.metadata["mystnb"]["figure"]["name"] for cell in cells if OPTION in cell.metadata]


#: Each with its chapter.
FIGURES = [(path.stem, name) for path in sorted(PAPERS.glob("*.md")) for name in sliders(path)]
SLUG, NAME = FIGURES[0]
every_slider = pytest.mark.parametrize("figure", each(FIGURES, [(SLUG, NAME)]), ids=lambda figure: figure[1])


class Slider:
    """A figure with a slider on an open page."""

    def __init__(self, page, name):
        self.page = page
        self.figure = page.locator(f"figure#{name}")
        self.range = self.figure.locator("input[type=range]")
        self.figure.scroll_into_view_if_needed()

    @property
    def state(self):
        """What a reader sees and hears: the picture, its words, the value, the text."""
        read = ("img", "src"), ("img", "alt"), ("input", "aria-valuetext")
        shown = [self.figure.locator(tag).get_attribute(name) for tag, name in read]
        return [*shown, self.figure.locator(".slider-value").inner_text(), self.text]

    @property
    def text(self):
        return self.figure.locator(".slider-text").inner_text()

    def frames(self):
        return self.figure.locator(".slider").evaluate("place => JSON.parse(place.dataset.slider)")

    def move(self, key):
        self.range.press(key)
        self.wait()

    def wait(self):
        """Until the picture is there."""
        source = self.frames()["frames"][int(self.range.input_value())]["src"]
        until(
            self.page,
            "([picture, name]) => picture.src.endsWith(name) && picture.complete",
            [self.figure.locator("img").element_handle(), source.rsplit("/", 1)[-1]],
        )


def opened(open_page, slug, **options):
    return open_page(f"book/papers/{slug}.html", **options)


@every_slider
def test_a_key_changes_picture_value_and_text_and_the_button_brings_them_back(open_page, figure):
    slug, name = figure
    with opened(open_page, slug) as visit:
        slider = Slider(visit.page, name)
        book, data = slider.state, slider.frames()
        assert book[0] == data["frames"][data["still"]]["src"], "the still is the frame at the still's value"
        assert book[2:] == [data["frames"][data["still"]][key] for key in ("label", "label", "text")]
        box = slider.figure.bounding_box()

        aside = "ArrowLeft" if data["still"] else "ArrowRight"
        for key in (aside, "Home", "End"):
            before, index = slider.state, slider.range.input_value()
            slider.move(key)
            changed = [old != new for old, new in zip(before[:4], slider.state[:4], strict=True)]
            assert all(changed) or (index == slider.range.input_value() and not any(changed))
            # Nothing below it moves.
            now = slider.figure.bounding_box()
            assert (now["width"], now["height"]) == (box["width"], box["height"])

        slider.move("Home" if data["still"] else "End")
        slider.figure.get_by_role("button", name=f"back to {book[3]}").click()
        slider.wait()
        assert slider.state == book
        assert visit.errors == []


@every_slider
def test_every_value_has_a_picture_of_the_same_size(open_page, figure):
    slug, name = figure
    with opened(open_page, slug) as visit:
        slider = Slider(visit.page, name)
        slider.range.press("Home")
        sizes = set()
        for _ in slider.frames()["frames"]:
            slider.wait()
            sizes.add(tuple(slider.figure.locator("img").evaluate("p => [p.naturalWidth, p.naturalHeight]")))
            slider.range.press("ArrowRight")
        assert len(sizes) == 1
        assert 0 not in next(iter(sizes))


def one_page(open_page, **options):
    return opened(open_page, SLUG, **options)


def test_nothing_is_fetched_before_a_reader_comes_near(open_page):
    with one_page(open_page, fresh=True) as visit:
        asked = set()
        visit.page.wait_for_load_state("networkidle")
        visit.page.on("request", lambda request: asked.add(request.url.rsplit("/", 1)[-1]))
        slider = Slider(visit.page, NAME)
        data = slider.frames()
        pictures = [frame["src"].rsplit("/", 1)[-1] for frame in data["frames"]]
        others = {picture for picture in pictures if picture != pictures[data["still"]]}
        visit.page.wait_for_load_state("networkidle")
        assert not asked & others
        slider.range.focus()
        visit.page.wait_for_load_state("networkidle")
        assert asked >= others


def test_the_text_is_read_out_once_the_hand_rests(open_page):
    with one_page(open_page) as visit:
        slider = Slider(visit.page, NAME)
        said = slider.figure.get_by_role("status")
        slider.move("ArrowRight")
        slider.move("ArrowRight")
        assert said.inner_text() == ""
        until(visit.page, "said => said.textContent", said.element_handle())
        assert said.inner_text() == slider.text


def test_without_scripts_there_is_the_still_and_no_slider(open_page):
    with one_page(open_page, java_script_enabled=False) as visit:
        figure = visit.page.locator(f"figure#{NAME}")
        assert figure.locator("img").count() == 1
        assert figure.locator("input, button").count() == 0
        assert figure.locator(".slider-text").inner_text()


@pytest.mark.slow
def test_on_paper_stands_the_still_without_controls(open_page):
    with one_page(open_page) as visit:
        slider = Slider(visit.page, NAME)
        book = slider.state
        slider.move("Home")
        moved = slider.state
        visit.page.evaluate(
            """name => addEventListener("beforeprint", () => {
                 const figure = document.getElementById(name);
                 window.printed = [figure.querySelector("img").getAttribute("src"), figure.innerText];
               })""",
            NAME,
        )
        visit.page.pdf()
        source, text = visit.page.evaluate("window.printed")
        assert source == book[0]
        assert book[4] in text
        assert slider.state == moved
        visit.page.emulate_media(media="print")
        assert slider.figure.locator(".slider-text").is_visible()
        assert not slider.range.is_visible()


def test_a_picture_that_does_not_come_is_told(open_page):
    with one_page(open_page) as visit:
        slider = Slider(visit.page, NAME)
        book = slider.state
        visit.page.route("**/_images/*.png", lambda route: route.abort())
        slider.range.press("Home")
        until(visit.page, "figure => figure.innerText.includes('could not be loaded')", slider.figure.element_handle())
        assert slider.state[0] == book[0]


def test_it_fits_a_phone(open_page):
    with one_page(open_page, viewport={"width": 360, "height": 740}) as visit:
        slider = Slider(visit.page, NAME)
        slider.range.press("Home")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_nine_chapters_have_one():
    assert len({slug for slug, _ in FIGURES}) >= 9
