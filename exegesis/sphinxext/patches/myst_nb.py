"""What MyST-NB knows of a page and tells nobody: the notebook, its cells, whether it ran; its style sheet in time.

And what a cell prints costs time by its length, not by the square of its longest line: MyST-NB looks for what a
carriage return overwrites from each character anew, 30 s for a line with 40,000 numbers.

It has no supported way to ask for them. Roles and directives of its own find the notebook as they do here.
Seen in MyST-NB 1.4.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from docutils import nodes
from myst_nb.core import utils
from myst_nb.core.render import WIDGET_VIEW_MIMETYPE
from myst_nb.sphinx_ import NbMetadataCollector
from myst_nb.sphinx_ext import add_global_html_resources
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

#: Finds what MyST-NB's own pattern finds, ``.*\\r(?=[^\\n])``, from the beginnings of lines only.
OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)


def notebook_of(document: nodes.document) -> NotebookNode | None:
    """Return the notebook of a page while it is parsed, with its outputs; None for a page that is none."""
    renderer = document.get("nb_renderer")
    return renderer.renderer.nb_client.notebook if renderer else None


def code_cells(document: nodes.document) -> Iterator[nodes.container]:
    """Yield the code cells on a page that is read; ``cell_index`` is their place in the notebook."""
    for node in document.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            yield node


def has_option(cell: nodes.container, name: str) -> bool:
    """Whether a cell has this option, and one that says something."""
    return bool((cell.get("cell_metadata") or {}).get(name))


def is_output(node: nodes.Node) -> bool:
    """Whether a part of a cell is what the cell gave."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code_output"


def gives_html(node: nodes.raw) -> bool:
    """Whether raw HTML is what a cell gave: HTML, a script or a widget, where the cell stands or pasted elsewhere."""
    given = ("application/javascript", WIDGET_VIEW_MIMETYPE)
    return "text_html" in node["classes"] or node.astext().startswith(
        tuple(f'<script type="{each}">' for each in given)
    )


def values_in(output: nodes.Node) -> list[nodes.Element]:
    """Return of what a cell gave that which is neither printed nor a figure."""
    shown = [node for node in output.findall(nodes.container) if node.get("nb_element") == "mime_bundle"]
    return [node for node in shown if next(node.findall(nodes.image), None) is None]


def write_picture(env: BuildEnvironment, beside: nodes.image, png: bytes) -> str:
    """Write a picture where MyST-NB wrote another, named as it names pictures; return its address.

    Its own call, ``NbElementRenderer.write_file``, is gone from the document when transforms run. A renderer
    of the entry point ``myst_nb.mime_renderers`` has it, but is asked for each output of every book of the environment,
    this extension or not. That the names are the same is tested in tests/sphinxext/reading/test_sliders.py.
    """
    uri = str(PurePosixPath(beside["uri"]).with_name(f"{hashlib.sha256(png).hexdigest()}.png"))
    path = Path(env.srcdir, uri.lstrip("/"))
    if not path.exists():
        path.write_bytes(png)
    return uri


def succeeded(env: BuildEnvironment) -> set[str]:
    """Return the documents whose notebooks ran to their end."""
    executed = NbMetadataCollector.get_doc_data(env)
    return {name for name, data in executed.items() if data.get("exec_data", {}).get("succeeded")}


def _copy_style_sheet_early(app: Sphinx) -> None:
    """MyST-NB copies it when the build is finished; the pages name it with its checksum before."""
    add_global_html_resources(app, None)


def setup(app: Sphinx) -> None:
    """Put MyST-NB's style sheet into the site before the pages are written; let no output take long."""
    utils._RGX_CARRIAGERETURN = OVERWRITTEN
    app.connect("builder-inited", _copy_style_sheet_early)
