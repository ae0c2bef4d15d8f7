"""The site's own style sheet, and what the stock configuration loads in vain."""

from __future__ import annotations

from pathlib import Path

from myst_nb.sphinx_ext import add_global_html_resources
from sphinx.application import Sphinx
from sphinx.config import Config

# A server of the reader's own is not part of this book: without it, sphinx-thebe adds to every
# page a script and the address of another host.
_UNUSED = ("sphinx_thebe",)


def _before_events(app: Sphinx, config: Config) -> None:
    # A new list: the default one is shared by all applications of a process.
    config.html_static_path = [*config.html_static_path, str(Path(__file__).parent / "static")]
    for listeners in app.events.listeners.values():
        for listener in [one for one in listeners if one.handler.__module__ in _UNUSED]:
            listeners.remove(listener)
    app.registry.css_files[:] = [(name, rest) for name, rest in app.registry.css_files if "thebe" not in name]


def _copy_early(app: Sphinx) -> None:
    """Myst-nb copies its style sheet last; the pages of a first build would lack its checksum."""
    add_global_html_resources(app, None)


def _allow_parallel_reading(app: Sphinx) -> None:
    """Its own flag is missing, not its safety: it only renumbers sections after all is read."""
    if numbering := app.extensions.get("sphinx_multitoc_numbering"):
        numbering.parallel_read_safe = True


def setup(app: Sphinx) -> None:
    """Register the style sheet and drop what is not used."""
    app.add_css_file("exegesis.css")
    app.add_css_file("print.css", media="print", priority=900)  # after what it takes back
    app.add_js_file("copy.js", loading_method="defer")
    app.add_js_file("ledger.js", loading_method="defer")
    app.connect("config-inited", _before_events, priority=999)
    app.connect("builder-inited", _copy_early)
    app.connect("builder-inited", _allow_parallel_reading)
