"""Cells that MyST-NB takes and does nothing with: options that nearly mean something, and widgets without a kernel."""

from __future__ import annotations

import difflib

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from exegesis.execution.frames import OPTION
from exegesis.execution.uses import USES
from exegesis.exercise import MEASURE, SOLUTION, STARTER
from exegesis.fault import Kind
from exegesis.limits import TAG
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import code_cells

from .values import read_page

#: Each option of a cell, and what stands there.
OPTIONS = {
    "claim": "the claim that the cell proves; it ends in a number, or a dict from names to numbers",
    "values": "a name for the numbers in which the cell ends, so that the text can write them",
    STARTER: "the exercise that it begins: what the reader's editor has at first",
    SOLUTION: "the exercise that it solves",
    MEASURE: "the exercise whose answer it looks at; it ends in the numbers of the checks",
    "tags": "a list of tags",
    "load": "a file in the book, whose text is the cell's code",
    "mystnb": "MyST-NB's own: `figure` with `name`, `caption` and `align`, `image` with `alt` and `classes`",
    OPTION: "a variable and values that the reader may give it; `label` is what it is called, `unit` what it counts",
}
#: Each tag of a cell, and what it does: MyST-NB's and the theme's; then this package's.
TAGS = {
    **{f"hide-{part}": f"the {part} is folded" for part in ("input", "output", "cell")},
    **{f"remove-{part}": f"no {part} is shown" for part in ("input", "output", "cell", "stdout", "stderr")},
    "raises-exception": "the cell may raise, and the next ones are run",
    "skip-execution": "the cell is not run",
    "full-width": "the cell takes the margin, too",
    "scroll-output": "a long output scrolls",
    "margin": "the cell stands in the margin",
    **{TAG.format(use): f"the cell may use what is told otherwise: {use}" for use in USES},
}


_WIDGET = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"


class TellWidgets(SphinxTransform):
    """Look for widgets whose state is not in the notebook: a page would show nothing in their place."""

    default_priority = 700

    def apply(self, **kwargs: object) -> None:
        cells = list(code_cells(self.document))
        notebook = read_page(self.env)[0] if cells else None
        if notebook is None:
            return
        for cell in cells:
            known = notebook.metadata.get("widgets", {}).get(_STATE, {}).get("state", {})
            views = [
                output["data"][_WIDGET]
                for output in notebook.cells[cell["cell_index"]].get("outputs", ())
                if _WIDGET in output.get("data", {})
            ]
            if any(not isinstance(view, dict) or view.get("model_id") not in known for view in views):
                what = "the cell shows a widget, of which nothing is seen on a page without a kernel"
                tell(Kind.MARKUP, what, "show a figure instead; a 'slider' moves one number of it", cell)


class TellOptions(SphinxTransform):
    """Look through the options of a page's cells."""

    default_priority = 700

    def apply(self, **kwargs: object) -> None:
        for cell in code_cells(self.document):
            options = cell.get("cell_metadata") or {}
            for name in options:
                self._compare(cell, "option", str(name), list(OPTIONS))
            tags = options.get("tags", [])
            for tag in tags if isinstance(tags, list) else []:
                self._compare(cell, "tag", str(tag), list(TAGS))

    def _compare(self, cell: nodes.container, kind: str, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name.replace("_", "-"), known, n=1, cutoff=0.8)
        if near and name not in known:
            tell(Kind.MARKUP, f"a cell has the {kind} '{name}', which means nothing", f"write '{near[0]}'", cell)


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.add_transform(TellOptions)
    app.add_transform(TellWidgets)
