"""sphinx-multitoc-numbering may be read in parallel.

It does not say so, and then Sphinx reads the whole book in one process. It is safe: all it does is to number the
sections, when everything is read.
Seen in sphinx-multitoc-numbering 0.1.3; https://github.com/executablebooks/sphinx-multitoc-numbering/issues/27.
"""

from __future__ import annotations

from sphinx.application import Sphinx

EXTENSION = "sphinx_multitoc_numbering"


def _allow_parallel_reading(app: Sphinx) -> None:
    if numbering := app.extensions.get(EXTENSION):
        numbering.parallel_read_safe = True


def setup(app: Sphinx) -> None:
    """Set the flag before Sphinx asks for it."""
    app.connect("builder-inited", _allow_parallel_reading)
