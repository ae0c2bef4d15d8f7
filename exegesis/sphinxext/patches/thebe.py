"""sphinx-thebe adds nothing: a server of the reader's own is no part of the book.

Jupyter Book always loads it, and it adds to every page a script, a style sheet and the address of
another host; ``launch_buttons: {thebe: false}`` takes away the button alone.
Seen in sphinx-thebe 0.3.1 with jupyter-book 1.0.4; https://github.com/jupyter-book/jupyter-book/issues/1603.
"""

from __future__ import annotations

from sphinx.application import Sphinx

MODULE = "sphinx_thebe"
SHEET = "sphinx-thebe.css"


def _silence(app: Sphinx, *_: object) -> None:
    for listeners in app.events.listeners.values():
        for listener in [one for one in listeners if one.handler.__module__ == MODULE]:
            listeners.remove(listener)
    app.registry.css_files[:] = [(name, rest) for name, rest in app.registry.css_files if name != SHEET]


def setup(app: Sphinx) -> None:
    """Take its listeners and its style sheet away when all extensions are loaded."""
    app.connect("config-inited", _silence)
