"""What a page loads: of the stock theme's scripts and style sheets only what the page needs.

The theme's shell is replaced by templates/theme/layout.html; book/contribute/page.md tells why, and how it is measured.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ext import add_global_html_resources
from sphinx.application import Sphinx
from sphinx.config import Config

THEME = "sphinx_book_theme"
_HERE = Path(__file__).parents[1]
#: The theme's style sheets become one, in the order in which it loads them; of its scripts one is
#: left, for the shell has what was needed of the others.
_SHEETS = ("styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css")
_SCRIPT = "scripts/pydata-sphinx-theme.js"
#: What the theme copies into the site, and no page loads.
_LEFT_OVER = ("scripts", "styles", "vendor", "webpack-macros.html", "sbt-webpack-macros.html")

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
    "ledger.": r'class="ledger-filter',
    "comments.": r'class="comments',
    # Sphinx's own search and its shortcuts; the theme's second script and what it is told.
    "documentation_options.": _NEVER,
    "doctools.": _NEVER,
    "sphinx_highlight.": _NEVER,
    "DOCUMENTATION_OPTIONS.": _NEVER,
    "scripts/": _NEVER,
    "styles/": _NEVER,
}
#: Fonts that every chapter needs, and whose late arrival would move its text.
_FONTS = ("_static/katex/fonts/KaTeX_Main-Regular.woff2", "_static/katex/fonts/KaTeX_Math-Italic.woff2")

#: Sections of the theme's shell.
_NOT_IN_LAYOUT = (
    *("theme_navbar_start", "theme_navbar_center", "theme_navbar_persistent", "theme_navbar_end"),
    *("theme_article_header_start", "theme_article_header_end", "theme_article_footer_items"),
    *("theme_footer_start", "theme_footer_center", "theme_footer_end"),
    *("theme_primary_sidebar_end", "theme_secondary_sidebar_items", "sidebars"),
)

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_ICON = re.compile(r"\s*\.fa(?:[srb]|-[\w-]+)?(?![\w-])")
_ICON_MOTION = re.compile(r"@(?:-webkit-)?keyframes fa-[\w-]+\{(?:[^{}]*\{[^{}]*\})*\}")
_ICON_LICENCE = re.compile(r"/\*!\s*\* Font Awesome.*?\*/", re.DOTALL)

# A server of the reader's own is not part of this book: without it, sphinx-thebe adds to every
# page a script and the address of another host.
_UNUSED = ("sphinx_thebe",)


def without_icon_fonts(css: str) -> str:
    """Return the theme's style sheet without Font Awesome: a quarter of it, and three fonts. Icons are in shell.css."""

    def keep(rule: re.Match[str]) -> str:
        if "@font-face" in rule[1]:
            return "" if re.search(r"Font ?Awesome", rule[2]) else rule[0]
        return "" if all(map(_ICON.match, rule[1].split(","))) else rule[0]

    return _RULE.sub(keep, _ICON_MOTION.sub("", _ICON_LICENCE.sub("", css)))


def _before_events(app: Sphinx, config: Config) -> None:
    # New lists: the default ones are shared by all applications of a process.
    config.html_static_path = [*config.html_static_path, str(_HERE / "static")]
    if config.html_theme == THEME:
        app.add_css_file("theme.css", priority=150)
        app.add_js_file("theme.js", priority=400)
        config.templates_path = [str(_HERE / "templates" / "theme"), *config.templates_path]
    for listeners in app.events.listeners.values():
        for listener in [one for one in listeners if one.handler.__module__ in _UNUSED]:
            listeners.remove(listener)
    app.registry.css_files[:] = [(name, rest) for name, rest in app.registry.css_files if "thebe" not in name]


def _copy_early(app: Sphinx) -> None:
    """Put files into the site before the pages, which name them with their checksums, are written."""
    add_global_html_resources(app, None)  # myst-nb copies its style sheet last
    builder: Any = app.builder
    if app.config.html_theme != THEME or builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    sheets = [_theme_file(builder, name).read_text("utf-8") for name in _SHEETS]
    (static / "theme.css").write_text("\n".join(map(without_icon_fonts, sheets)), encoding="utf-8")
    shutil.copyfile(_theme_file(builder, _SCRIPT), static / "theme.js")


def _theme_file(builder: Any, name: str) -> Path:
    folders = [Path(folder, "static", name) for folder in builder.theme.get_theme_dirs()]
    return next(path for path in folders if path.exists())


def _leave_sections_out(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], *_: Any) -> None:
    """Name no templates for what layout.html does not have: the theme renders each, to see if it is empty."""
    if app.config.html_theme == THEME:
        context |= dict.fromkeys(_NOT_IN_LAYOUT, ())


def _choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out of a page's head what the page has no use for."""
    if app.config.html_theme != THEME:
        return
    if pagename == "search" and not app.config.exegesis_search:  # Sphinx's own needs all but what is in theme.css
        for kind in ("css_files", "script_files"):
            context[kind] = [file for file in context[kind] if not _name(file).startswith(_LEFT_OVER)]
        return
    body = context.get("body", "")
    found = functools.cache(lambda mark: bool(re.search(mark, body)))  # several files have the same mark
    context["css_files"] = [sheet for sheet in context["css_files"] if _wanted(_name(sheet), found)]
    scripts = [script for script in context["script_files"] if _wanted(_name(script), found)]
    for script in scripts:
        if script.filename:
            script.attributes["defer"] = "defer"  # none of them is needed before the page is there
    context["script_files"] = scripts
    context["fonts"] = _FONTS if 'class="katex' in body else ()


def _name(file: Any) -> str:
    """Return a file's name below _static, or the text of a script in the page."""
    return str(file.filename or file.attributes.get("body", "")).removeprefix("_static/")


def _wanted(name: str, found: Callable[[str], bool]) -> bool:
    return all(found(mark) for beginning, mark in _ONLY_WITH.items() if name.startswith(beginning))


def _remove_left_overs(app: Sphinx, error: Exception | None) -> None:
    """Take from the site what the theme copies into it and no page loads: 4 MB."""
    if app.config.html_theme != THEME or app.builder.format != "html":
        return
    for name in _LEFT_OVER:
        path = Path(app.outdir, "_static", name)
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _allow_parallel_reading(app: Sphinx) -> None:
    """Its own flag is missing, not its safety: it only renumbers sections after all is read."""
    if numbering := app.extensions.get("sphinx_multitoc_numbering"):
        numbering.parallel_read_safe = True


def setup(app: Sphinx) -> None:
    """Register the book's own style sheets and scripts, and choose among the others'."""
    app.add_css_file("basic.css", priority=100)
    app.add_css_file("exegesis.css")
    app.add_css_file("print.css", media="print", priority=900)  # after what it takes back
    app.add_css_file("shell.css")
    app.add_js_file("shell.js", priority=300)
    app.add_js_file("copy.js")
    app.add_js_file("ledger.js")
    app.connect("config-inited", _before_events, priority=999)
    app.connect("builder-inited", _copy_early)
    app.connect("builder-inited", _allow_parallel_reading)
    app.connect("html-page-context", _leave_sections_out, priority=100)
    app.connect("html-page-context", _choose, priority=999)
    app.connect("build-finished", _remove_left_overs, priority=800)  # before links are checked
