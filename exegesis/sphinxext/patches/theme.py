"""The files of sphinx-book-theme: its style sheets as one, without the icon font, and none that no page loads.

Font Awesome is a quarter of the style sheets, three fonts and a script of 1.4 MB; the shell draws its
few icons itself (shell.css). There is no setting that leaves it out: the sheets come compiled, and
Sphinx copies all that a theme has. Seen in sphinx-book-theme 1.3.0 with pydata-sphinx-theme 0.17.1, and in 1.4.0
with 0.20.0; https://github.com/pydata/pydata-sphinx-theme/issues/2379.

Regular expressions, and no parser: tinycss2 1.5 takes 0.5 s for the two sheets, these take 0.02 s.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from exegesis.sphinxext.theme import has_shell

#: The style sheets become one, in the order in which the theme loads them; of the scripts one is
#: left, for the shell has what was needed of the others.
SHEETS = ("styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css")
SCRIPT = "scripts/pydata-sphinx-theme.js"
#: What the theme copies into the site, and no page loads: 4 MB.
LEFT_OVER = ("scripts", "styles", "vendor", "webpack-macros.html", "sbt-webpack-macros.html")

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_ICON = re.compile(r"\s*\.fa(?:[srb]|-[\w-]+)?(?![\w-])")
_ICON_MOTION = re.compile(r"@(?:-webkit-)?keyframes fa-[\w-]+\{(?:[^{}]*\{[^{}]*\})*\}")
_ICON_LICENCE = re.compile(r"/\*!\s*\* Font Awesome.*?\*/", re.DOTALL)


def without_icon_fonts(css: str) -> str:
    """Return a style sheet without Font Awesome: its fonts, its classes and how they move."""

    def keep(rule: re.Match[str]) -> str:
        if "@font-face" in rule[1]:
            return "" if re.search(r"Font ?Awesome", rule[2]) else rule[0]
        return "" if all(map(_ICON.match, rule[1].split(","))) else rule[0]

    return _RULE.sub(keep, _ICON_MOTION.sub("", _ICON_LICENCE.sub("", css)))


def theme_file(app: Sphinx, name: str) -> Path:
    """Return a static file of the theme, or of the one of its parents that has it."""
    builder: Any = app.builder
    folders = [Path(folder, "static", name) for folder in builder.theme.get_theme_dirs()]
    return next(path for path in folders if path.exists())


def _write_early(app: Sphinx) -> None:
    """Put the files into the site before the pages, which name them with their checksums, are written."""
    if not has_shell(app):
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    sheets = [theme_file(app, name).read_text("utf-8") for name in SHEETS]
    (static / "theme.css").write_text("\n".join(map(without_icon_fonts, sheets)), encoding="utf-8")
    shutil.copyfile(theme_file(app, SCRIPT), static / "theme.js")


def _remove_left_overs(app: Sphinx, error: Exception | None) -> None:
    if not has_shell(app):
        return
    for name in LEFT_OVER:
        path = Path(app.outdir, "_static", name)
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Write the theme's own files, and take away the rest when the site is there."""
    app.connect("builder-inited", _write_early)
    app.connect("build-finished", _remove_left_overs, priority=800)  # before links are checked
