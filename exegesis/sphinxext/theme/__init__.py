"""The book's theme: sphinx-book-theme with a shell of its own.

Beside this file stand the templates and, below ``static``, the style sheets and scripts of all parts.
book/contribute/page.md tells why there is a shell, and how what a page loads is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

NAME = "exegesis"
PARENT = "sphinx_book_theme"
FOLDER = Path(__file__).parent
#: Where the book's own style sheet stands: behind those of extensions, which have 500; then those of single parts.
LOOK, PART = 510, 600

#: Sections of the parent's shell that layout.html does not have.
_NOT_IN_LAYOUT = (
    *("theme_navbar_start", "theme_navbar_center", "theme_navbar_persistent", "theme_navbar_end"),
    *("theme_article_header_start", "theme_article_header_end", "theme_article_footer_items"),
    *("theme_footer_start", "theme_footer_center", "theme_footer_end"),
    *("theme_primary_sidebar_end", "theme_secondary_sidebar_items", "sidebars"),
)


def has_shell(app: Sphinx) -> bool:
    """Whether the pages of this build have the theme, or one that inherits it; ask when there is a builder."""
    theme = getattr(app.builder, "theme", None)  # other formats than HTML have none
    return theme is not None and str(FOLDER) in map(str, theme.get_theme_dirs())


def _inherit(app: Sphinx, config: Config) -> None:
    """Give a book of the parent's this theme; one with another look gets the files of the parts."""
    if config.html_theme == PARENT:
        config.html_theme = NAME
    if config.html_theme == NAME:
        app.add_css_file("basic.css", priority=100)
        app.add_css_file("theme.css", priority=150)  # see the module ``patches.theme``
        app.add_css_file("print.css", media="print", priority=900)  # after what it takes back
        app.add_css_file("shell.css", priority=LOOK + 1)
        app.add_js_file("theme.js", loading_method="defer", priority=400)
        app.add_js_file("shell.js", loading_method="defer", priority=300)
    else:  # a new list: the default one is shared by all applications of a process
        config.html_static_path = [*config.html_static_path, str(FOLDER / "static")]


def _leave_sections_out(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], *_: Any) -> None:
    """Name no templates for what layout.html does not have: the parent renders each, to see if it is empty."""
    if has_shell(app):
        context |= dict.fromkeys(_NOT_IN_LAYOUT, ())


def setup(app: Sphinx) -> None:
    """Register the theme."""
    app.add_html_theme(NAME, str(FOLDER))
    app.connect("config-inited", _inherit, priority=999)  # whoever sets the theme has done so
    app.connect("html-page-context", _leave_sections_out, priority=100)
