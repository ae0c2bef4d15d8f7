"""Formulas, set by KaTeX while the book is built.

The page needs no script for them, shows them at once and reads them out (KaTeX writes
MathML beside its HTML); and a formula that does not parse is a fault of the build.

KaTeX runs in V8, by mini-racer. Its files are packed with this package: see ``vendor``.
"""

from __future__ import annotations

import functools
import html
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.katex import SET_DISPLAYED
from exegesis.sphinxext.vendor import vendored

from .displayed import displayed

STYLE = "katex/katex.min.css"
_FORMULA = "math_inline"
_CLOSING = tuple(".,;:!?)")
_OPTIONS = {"throwOnError": True, "strict": "error", "output": "htmlAndMathml"}

Macros = tuple[tuple[str, str], ...]  # names without backslash, and what they stand for


class FormulaError(ValueError):
    """A formula that KaTeX cannot read."""


@functools.cache
def _engine(process: int) -> MiniRacer:
    """Start V8 with KaTeX: once a process, for V8 does not survive a fork.

    Where an event loop runs, mini-racer would live in that, and wait for ever when it has ended or stands still (a
    notebook's, playwright's). A thread of its own has none.
    """
    with ThreadPoolExecutor(1) as thread:
        engine = thread.submit(MiniRacer).result()
    engine.eval((vendored("katex") / "katex.min.js").read_text(encoding="utf-8") + SET_DISPLAYED)
    return engine


@functools.lru_cache(maxsize=4096)
def set_formula(tex: str, display: bool, macros: Macros = ()) -> str:
    """Return a formula as HTML with MathML.

    Args:
        tex: the formula.
        display: whether it stands by itself.
        macros: the book's own commands.

    Raises:
        FormulaError: with KaTeX's message, which names the place in the formula.
    """
    own = {f"\\{name}": body for name, body in macros}
    setting = "setDisplayed" if display else "katex.renderToString"
    try:
        return str(_engine(os.getpid()).eval(f"{setting}({json.dumps(tex)}, {json.dumps(_OPTIONS | {'macros': own})})"))
    except JSEvalException as error:
        lines = [line for line in str(error).splitlines() if "Error:" in line]
        raise FormulaError(lines[0].partition("Error: ")[2] if lines else str(error)) from None


def with_formulas(text: str, macros: Macros = ()) -> str:
    """Return plain text as HTML, with its formulas set; one that does not parse stays as it is written."""
    return "".join(
        _formula_or_tex(part.content, macros) if part.type == _FORMULA else html.escape(part.content)
        for part in _parts(text)
    )


def formulas_in(text: str) -> list[str]:
    """Return the formulas of a plain text, by the rules of the pages: prices are none."""
    return [part.content for part in _parts(text) if part.type == _FORMULA]


def _parts(text: str) -> list[Token]:
    return [part for line in _parser().parseInline(text) for part in line.children or ()]


@functools.cache
def _parser() -> MarkdownIt:
    r"""Return a parser that knows formulas and ``\$``, and takes all else for text."""
    parser = MarkdownIt("zero").enable(["escape"])
    return parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)


def _formula_or_tex(tex: str, macros: Macros) -> str:
    try:
        return set_formula(tex, False, macros)
    except FormulaError:  # reported where it was read
        return html.escape(f"${tex}$")


def macros_of(config: Config) -> Macros:
    """Return the book's own commands."""
    return tuple(sorted(config.exegesis_macros.items()))


class SetFormulas(SphinxTransform):
    """Set every formula when its page is read; report those that do not parse."""

    default_priority = 900

    def apply(self, **kwargs: Any) -> None:
        for node in self.document.findall(nodes.Element):
            if not isinstance(node, (nodes.math, nodes.math_block)):
                continue
            _set(node, macros_of(self.config))


def formula_of(node: nodes.math | nodes.math_block) -> tuple[str, bool]:
    """Return a node's formula, as it is set, and whether it stands by itself."""
    display = isinstance(node, nodes.math_block)
    return displayed(node.astext(), bool(node.get("nowrap"))) if display else node.astext(), display


def _set(node: nodes.math | nodes.math_block, macros: Macros) -> str:
    """Return a formula's HTML; it is kept in the node, with copies of which Sphinx fills menus."""
    if "html" not in node:
        try:
            node["html"] = set_formula(*formula_of(node), macros)
        except FormulaError as error:
            mend = _mend(str(error))
            tell(Kind.MATH, f"the formula does not parse: {error}", mend, node)
            node["html"] = ""
    formula: str = node["html"]
    return formula


def _mend(error: str) -> str:
    if r"\label" in error or r"\eqref" in error:
        return "label it by ':label: name' or '$$ (name)', and refer to it by {eq}`name`"
    if "Undefined control sequence" in error:
        return "correct it, or define it for the book in exegesis_macros; KaTeX's documentation lists what it knows"
    return "mend it, KaTeX's documentation lists what it knows"


class KeepPunctuation(SphinxPostTransform):
    """Let no line begin with the comma after a formula; a browser may break a line beside what KaTeX sets.

    A formula that may itself be broken keeps that freedom.
    """

    default_priority = 600

    def run(self, **kwargs: Any) -> None:
        macros = macros_of(self.config)
        for node in list(self.document.findall(nodes.math)):
            parent = node.parent
            place = parent.index(node)
            text = parent[place + 1] if place + 1 < len(parent) else None
            if (
                not isinstance(text, nodes.Text)
                or text[:1] not in _CLOSING
                or _set(node, macros).count('class="base"') != 1
            ):
                continue
            parent[place : place + 2] = [
                nodes.inline("", "", node, nodes.Text(text[0]), classes=["unbroken"]),
                nodes.Text(text[1:]),
            ]


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in the text."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_set(node, macros_of(self.builder.config)) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number and permalink if it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(_set(node, macros_of(self.builder.config)) + "</div>\n")
    raise nodes.SkipNode


def _copy_katex(app: Sphinx) -> None:
    """Put KaTeX's style sheet and its fonts into the site.

    Before the pages are written: they name the style sheet with its checksum.
    """
    if app.builder.format != "html" or app.config.html_math_renderer != "katex":
        return
    target, unused = Path(app.outdir, "_static", "katex"), shutil.ignore_patterns("*.js")
    shutil.copytree(vendored("katex"), target, ignore=unused, copy_function=shutil.copyfile, dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """Register the renderer under the name that ``html_math_renderer`` chooses."""
    app.add_transform(SetFormulas)
    app.add_post_transform(KeepPunctuation)
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_css_file(STYLE)
    app.connect("builder-inited", _copy_katex)
