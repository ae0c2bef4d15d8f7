"""The notebook that readers take along has all that its text shows."""

import base64
import json
import re

from nbformat import v4

from exegesis.sphinxext.site.notebooks import executed_notebook_text
from tests.sphinxext.reading.test_pictures import DRAWN, SVG


def test_a_notebook_defines_what_its_formulas_use_of_the_books_commands():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(r"$\best{x}$ and $\E$")])
    macros = (("E", r"\mathbb{E}"), ("best", r"\argmin_{#1}"), ("argmin", r"\operatorname*{argmin}"), ("B", "no"))
    first, own = json.loads(executed_notebook_text(notebook, [], macros))["cells"]
    assert first["source"].splitlines()[1:-1] == [
        r"\newcommand{\E}{\mathbb{E}}",
        r"\newcommand{\best}[1]{\argmin_{#1}}",
        r"\newcommand{\argmin}{\operatorname*{argmin}}",
    ]
    assert own["id"] == "cell-0"
    assert len(json.loads(executed_notebook_text(notebook, [], macros[3:]))["cells"]) == 1


def test_a_picture_is_an_image_that_the_notebook_brings_along(tmp_path):
    (tmp_path / "block.svg").write_text(SVG, encoding="utf-8")
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(f"Before.\n\n{DRAWN}\nAfter.")])
    (cell,) = json.loads(executed_notebook_text(notebook, [], folder=tmp_path))["cells"]
    found = re.fullmatch(
        r"Before\.\n\n!\[A box from which an arrow leads on\.\]\(data:image/svg\+xml;base64,(\S+)\)\n\n"
        r"The \*block\*\.\n\nAfter\.",
        cell["source"],
    )
    assert found, cell["source"]
    svg = base64.b64decode(found[1]).decode()
    assert 'xmlns="http://www.w3.org/2000/svg"' in svg
    assert "currentcolor" in svg  # it has its style with it


def test_terms_stand_without_their_role():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("A {term}`nat`, two {term}`nats <nat>`.")])
    (cell,) = json.loads(executed_notebook_text(notebook, []))["cells"]
    assert cell["source"] == "A nat, two nats."
