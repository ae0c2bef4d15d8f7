"""A slider's pictures become files, its values reach the page, and all of it follows the chapter."""

import hashlib
import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from exegesis.execution.frames import sliders_of, take_frames
from exegesis.execution.notebook import read_notebook
from exegesis.sphinxext.reading.sliders import written_value
from tests.cells import Client, run
from tests.sphinxext.test_incremental import files
from tests.tiny import TinyBook, chapter, open_store, write_book

MOVED = chapter("""\
# Moved

```{code-cell} python
---
slider:
  mesh_size: [1, 2, 3_000]
mystnb:
  figure: {caption: A mesh., name: fig-mesh}
  image: {alt: "A mesh, it\'s fine."}
---
mesh_size = 2
show(5, mesh_size % 255)
print("it's <", mesh_size)
```
""")
PLAIN = chapter("# Plain\n")


def run_cells(folder, with_frames=True):
    with open_store(folder) as store:
        put_results(folder, store, with_frames)


def put_results(folder, store, with_frames):
    for path in sorted((folder / "book/papers").glob("*.md")):
        notebook = read_notebook(path.read_text(encoding="utf-8"))
        if notebook is not None:
            client = Client(notebook)
            if with_frames:
                run(take_frames(client, sliders_of(notebook)))
            store.put(notebook, path, 0.1)


def build(folder, chapters, with_frames=True, **options):
    shutil.rmtree(folder / "book", ignore_errors=True)
    write_book(folder, chapters)
    run_cells(folder, with_frames)
    book = TinyBook(folder, run=False, **options)
    assert not book.messages
    return book


class Page(HTMLParser):
    """The figure of a page, as the elements in it, and the data of its slider."""

    def __init__(self, text):
        super().__init__()
        self.inside, self.elements, self.data, self.picture = False, [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.inside |= tag == "figure"
        if self.inside:
            self.elements.append(tag)
        if tag == "img":
            self.picture = attrs["src"]
        if "data-slider" in attrs:
            self.data = json.loads(attrs["data-slider"])

    def handle_endtag(self, tag):
        self.inside &= tag != "figure"


@pytest.fixture
def book(tmp_path):
    return build(tmp_path, {"moved": MOVED, "plain": PLAIN})


def test_the_slider_stands_between_the_figure_and_its_caption(book):
    elements = Page(book.page("moved")).elements
    assert [tag for tag in elements if tag in ("img", "div", "figcaption")] == ["img", "div", "figcaption"]


def test_the_page_has_names_values_and_texts(book):
    data = Page(book.page("moved")).data
    assert (data["name"], data["still"]) == ("mesh size", 1)
    assert [frame["label"] for frame in data["frames"]] == ["1", "2", "3,000"]
    assert [frame["text"] for frame in data["frames"]] == ["it's < 1", "it's < 2", "it's < 3000"]


def test_a_label_is_what_the_reader_is_told_and_runs_nothing(tmp_path):
    build(tmp_path, {"moved": MOVED})
    labelled = MOVED.replace("3_000]", "3_000]\n  label: size of the mesh")
    assert labelled != MOVED
    write_book(tmp_path, {"moved": labelled})
    book = TinyBook(tmp_path, run=False)
    assert book.messages == []
    assert Page(book.page("moved")).data["name"] == "size of the mesh"


@pytest.mark.parametrize(
    ("unit", "shown"), [("pixels", ["1 pixels", "2 pixels", "3,000 pixels"]), ("'%'", ["100 %", "200 %", "300,000 %"])]
)
def test_a_unit_is_told_with_the_value_and_runs_nothing(tmp_path, unit, shown):
    build(tmp_path, {"moved": MOVED})
    write_book(tmp_path, {"moved": MOVED.replace("3_000]", f"3_000]\n  unit: {unit}")})
    book = TinyBook(tmp_path, run=False)
    assert book.messages == []
    assert [frame["label"] for frame in Page(book.page("moved")).data["frames"]] == shown


@pytest.mark.parametrize(
    ("value", "unit", "written"), [(-0.07, "", "−0.07"), (0.05, "%", "5 %"), (0.07, "%", "7 %"), (2.5, "ms", "2.5 ms")]
)
def test_a_value_is_written_as_it_is_read(value, unit, written):
    assert written_value(value, unit) == written


def test_the_pictures_are_files_named_by_their_content_and_the_still_is_one(book):
    page = Page(book.page("moved"))
    sources = [frame["src"] for frame in page.data["frames"]]
    assert page.picture == sources[1]
    assert len(set(sources)) == 3
    for source in sources:
        path = (book.app.outdir / "book/papers" / source).resolve()
        assert path.name == f"{hashlib.sha256(path.read_bytes()).hexdigest()}.png"


def test_without_the_script_the_still_and_its_text_are_there_once(book):
    text = re.sub(r"data-slider='[^']*'", "", book.page("moved"))
    assert len(re.findall("<img", text)) == 1
    assert len(re.findall("it&#39;s &lt; 2|it's &lt; 2", text)) == 1


def test_only_a_page_with_a_slider_loads_the_script(book):
    for name in ("slider.js", "slider.css"):
        assert name in book.page("moved")
        assert name not in book.page("plain")


def test_the_published_notebook_has_no_frames(book):
    assert "frames" not in book.file("_sources/book/papers/moved.ipynb")


def test_a_result_without_frames_gives_the_still_and_no_warning(tmp_path):
    page = build(tmp_path, {"moved": MOVED}, with_frames=False).page("moved")
    assert "data-slider" not in page
    assert len(re.findall("<img", page)) == 1
    assert "slider.js" not in page


@pytest.mark.parametrize("change", [("[1, 2, 3_000]", "[2, 4]"), ("slider:\n  mesh_size: [1, 2, 3_000]\n", "")])
def test_after_a_change_the_pages_and_pictures_are_those_of_a_clean_build(tmp_path, change):
    build(tmp_path / "incremental", {"moved": MOVED})
    build(tmp_path / "incremental", {"moved": MOVED.replace(*change)})
    build(tmp_path / "clean", {"moved": MOVED.replace(*change)})
    incremental, clean = files(tmp_path / "incremental"), files(tmp_path / "clean")
    assert incremental.keys() == clean.keys()
    assert {name for name in clean if incremental[name] != clean[name]} == set()


def test_reading_and_writing_in_parallel_give_the_same_files(tmp_path):
    many = {f"c{i}": MOVED.replace("fig-mesh", f"fig-{i}").replace("% 255", f"% {200 + i}") for i in range(8)}
    for folder, parallel in (("one", 0), ("two", 2)):
        build(tmp_path / folder, many, parallel=parallel)
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one == two
