"""What a page loads: of all scripts and style sheets, the theme's and the extensions', only what the page needs."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.sphinxext.patches.theme import LEFT_OVER
from exegesis.sphinxext.theme import LOOK, PART, has_shell

_TOGGLE = r'class="(?:[^"]* )?(?:toggle|dropdown)[ "]'
_CODE = r'class="highlight'
_NEVER = r"(?!)"
#: Files, or the beginning of a script in the page, that only pages with such markup load.
#: Whatever is not named is loaded by all.
_ONLY_WITH = {
    "mystnb.": r'class="cell\b',
    "sphinx-design.": r'class="sd-',
    "design-tabs.": r'class="sd-tab-set',
    "togglebutton.": _TOGGLE,
    "let toggle": _TOGGLE,
    "var togglebutton": _TOGGLE,
    "clipboard.": _CODE,
    "copybutton.": _CODE,
    "copy.": _CODE,
    "code.": r'class="cell_input',
    "figures.": r'class="(?:figure-open|picture)\b',
    "map.": r'class="map"',
    "print.js": r'class="print-page',
    "outputs.": r'class="output-frame',
    "permalinks.": r'class="headerlink',
    "ledger.": r'class="ledger-filter',
    "comments.": r'class="comments',
    # Sphinx's own search and its shortcuts; the theme's second script and what it is told.
    "documentation_options.": _NEVER,
    "doctools.": _NEVER,
    "sphinx_highlight.": _NEVER,
    "DOCUMENTATION_OPTIONS.": _NEVER,
    "scripts/": _NEVER,
}
#: Fonts that every chapter needs, and whose late arrival would move its text.
_FONTS = ("_static/katex/fonts/KaTeX_Main-Regular.woff2", "_static/katex/fonts/KaTeX_Math-Italic.woff2")


def _choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out of a page's head what the page has no use for."""
    if not has_shell(app):
        return
    if pagename == "search" and not app.config.exegesis_search:  # Sphinx's own needs all but what is in theme.css
        for kind in ("css_files", "script_files"):
            context[kind] = [file for file in context[kind] if not _name(file).startswith(LEFT_OVER)]
        return
    body = context.get("body", "")
    found = functools.cache(lambda mark: bool(re.search(mark, body)))  # several files have the same mark
    context["css_files"] = [sheet for sheet in context["css_files"] if _wanted(_name(sheet), found)]
    context["script_files"] = [_deferred(script) for script in context["script_files"] if _wanted(_name(script), found)]
    context["fonts"] = _FONTS if 'class="katex' in body else ()


def _deferred(script: Any) -> Any:
    """Return a script that waits for the page, as none is needed before; the one that is given is of all pages."""
    if not script.filename:
        return script
    return type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})


def _name(file: Any) -> str:
    """Return a file's name below _static, or the text of a script in the page."""
    return str(file.filename or file.attributes.get("body", "")).removeprefix("_static/")


def _wanted(name: str, found: Callable[[str], bool]) -> bool:
    return all(found(mark) for beginning, mark in _ONLY_WITH.items() if name.startswith(beginning))


def setup(app: Sphinx) -> None:
    """Register what every page may need, and choose among it and the others'."""
    app.add_css_file("exegesis.css", priority=LOOK)
    app.add_css_file("code.css", priority=PART)
    app.add_js_file("code.js", loading_method="defer")
    app.add_js_file("copy.js", loading_method="defer")
    app.add_js_file("ledger.js", loading_method="defer")
    app.add_css_file("map.css", priority=PART)
    app.add_js_file("map.js", loading_method="defer")
    app.add_js_file("print.js", loading_method="defer")
    app.connect("html-page-context", _choose, priority=999)
