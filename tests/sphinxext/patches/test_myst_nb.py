"""What MyST-NB knows of a page is where it is looked for."""

import re
import time

import nbformat.v4 as v4
import pytest
from docutils import nodes
from myst_nb.core.utils import coalesce_streams
from sphinx.util.docutils import SphinxDirective

from exegesis.sphinxext.patches import myst_nb
from exegesis.sphinxext.patches.myst_nb import code_cells, gives_html, has_option, is_output, notebook_of, succeeded
from tests.tiny import TinyBook, chapter, write_book

NOTEBOOK = chapter("""\
# One

```{code-cell} python
:tags: [kept]

6 * 7
```

```{code-cell} python
pass
```

""")
LOOKING = NOTEBOOK + "\n```{look}\n```\n"


class Look(SphinxDirective):
    """Notes the notebook that a directive sees."""

    seen = []

    def run(self):
        self.seen.append(notebook_of(self.state.document))
        return []


def test_a_directive_sees_the_notebook_with_its_outputs(tmp_path, monkeypatch):
    monkeypatch.setattr(Look, "seen", [])
    folder = write_book(tmp_path, {"one": LOOKING})
    with (folder / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write("from tests.sphinxext.patches.test_myst_nb import Look\n")
        conf.write("def setup(app):\n    app.add_directive('look', Look)\n")
    (folder / "bibliography.md").write_text("# No notebook\n\n```{look}\n```\n", "utf-8")
    book = TinyBook(folder)
    assert book.messages == []
    (notebook,) = [seen for seen in Look.seen if seen]
    assert Look.seen.count(None) == 1
    assert [cell.outputs[0].data["text/plain"] for cell in notebook.cells if cell.get("outputs")] == ["42"]


def test_cells_tell_their_place_their_options_and_which_part_is_output(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": NOTEBOOK}))
    cells = list(code_cells(book.app.env.get_doctree("book/papers/one")))
    assert [cell["cell_index"] for cell in cells] == [1, 2]
    assert [has_option(cell, "tags") for cell in cells] == [True, False]
    assert [[is_output(part) for part in cell.children] for cell in cells] == [[False, True], [False]]


def test_it_notes_which_notebooks_ran(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": NOTEBOOK}))
    assert succeeded(book.app.env) == {"book/papers/one"}


def test_its_style_sheet_is_there_when_pages_name_it(tmp_path):
    book = TinyBook(write_book(tmp_path, {"one": NOTEBOOK}))
    (name,) = (book.app.outdir / "_static").glob("mystnb.*.css")
    assert re.search(rf"_static/{re.escape(name.name)}\?v=[0-9a-f]+", book.page("one"))


@pytest.mark.parametrize(
    "printed",
    [" ".join(map(str, range(40_000))), "x" * 200_000, "\x1b[31mred\x1b[0m " * 15_000],
    ids=["numbers", "a word", "colours"],
)
def test_what_is_printed_on_one_line_costs_by_its_length(tmp_path, printed):
    TinyBook(write_book(tmp_path, {}))
    begin = time.process_time()
    (output,) = coalesce_streams([v4.new_output("stream", text=printed)])
    assert time.process_time() - begin < 1, "of 200 KB; it was 30 s"
    assert output.text == printed.rstrip() + "\n"


@pytest.mark.parametrize(
    "printed", ["1%\r2%\r3%\n", "a\rb\nc\rd\re\n", "a\r\nb\r\r\n", "\r\n\ra\n", "a\rb\r\nc\n", "none\n"]
)
def test_what_a_carriage_return_overwrites_is_what_mystnb_says(printed):
    assert myst_nb.OVERWRITTEN.sub("", printed) == re.sub(r".*\r(?=[^\n])", "", printed)


def test_html_that_a_cell_gave_is_known_where_it_is_pasted_too():
    pasted = nodes.raw("", "<p>a</p>", format="html", classes=["output", "text_html"])  # as ``{glue}`` does
    script = nodes.raw("", '<script type="application/javascript">1</script>', format="html")
    drawn = nodes.raw("", "<svg></svg>", format="html")  # by an extension
    assert [*map(gives_html, (pasted, script, drawn))] == [True, True, False]
