"""Cells that MyST-NB takes and does nothing with: options that nearly mean something, and widgets without a kernel."""

from __future__ import annotations

import difflib

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from exegesis.execution.frames import OPTION
from exegesis.execution.uses import USES
from exegesis.exercise import PARTS
from exegesis.fault import Kind
from exegesis.limits import TAG
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import code_cells

from .values import read_page

OPTIONS = ("claim", "values", *PARTS, "tags", "load", "mystnb", OPTION)
#: Of MyST-NB and of the theme; and of this package.
TAGS = (
    *(f"{verb}-{part}" for verb in ("hide", "remove") for part in ("input", "output", "cell")),
    *("remove-stdout", "remove-stderr", "raises-exception", "skip-execution", "full-width", "scroll-output", "margin"),
    *(TAG.format(kind) for kind in USES),
)


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
                self._compare(cell, "option", str(name), OPTIONS)
            tags = options.get("tags", [])
            for tag in tags if isinstance(tags, list) else []:
                self._compare(cell, "tag", str(tag), TAGS)

    def _compare(self, cell: nodes.container, kind: str, name: str, known: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(name.replace("_", "-"), known, n=1, cutoff=0.8)
        if near and name not in known:
            tell(Kind.MARKUP, f"a cell has the {kind} '{name}', which means nothing", f"write '{near[0]}'", cell)


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.add_transform(TellOptions)
    app.add_transform(TellWidgets)
