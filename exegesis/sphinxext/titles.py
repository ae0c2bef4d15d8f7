"""The text of a title where it cannot be set: in ``<title>``, the feed, JSON, the search and the map.

A formula is told in Unicode where that can be done, ``x²`` or ``ℓₚ``, and else as TeX.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any
from xml.etree import ElementTree as ET

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from .reading.maths import FormulaError, Macros, macros_of, set_formula

_MATHML = re.compile(r"<math.*?</math>", re.DOTALL)


def title_text(app: Sphinx, docname: str) -> str:
    """Return a page's title as plain text; empty where there is no such page."""
    title = app.env.titles.get(docname)
    return text_of(title, macros_of(app.config)) if title else ""


def text_of(node: nodes.Node, macros: Macros) -> str:
    """Return the plain text of a title, or of a part of one."""
    if isinstance(node, nodes.math):
        return formula_text(node.astext(), macros)
    if isinstance(node, nodes.Text) or not node.children:
        return node.astext()
    return "".join(text_of(child, macros) for child in node.children)


@functools.lru_cache(maxsize=1024)
def formula_text(tex: str, macros: Macros = ()) -> str:
    """Return a formula as plain text."""
    try:
        found = _MATHML.search(set_formula(tex, False, macros))
        text = _text(ET.fromstring(found[0])) if found else None
    except FormulaError:  # told where the formula is set
        text = None
    return tex if text is None else text


def _text(element: ET.Element) -> str | None:
    """Return MathML as text; None where a line of text cannot say it."""
    name = element.tag.rpartition("}")[2]
    if name == "semantics":
        return _text(element[0])
    if name in ("mi", "mo", "mn", "mtext"):
        text = (element.text or "").replace("\u2061", "").replace("\u00a0", " ")
        return _double_struck(text) if element.get("mathvariant") == "double-struck" else text
    parts = [_text(child) for child in element]
    if None in parts:
        return None
    known = [part or "" for part in parts]
    if name in ("math", "mrow", "mstyle", "mpadded"):
        return "".join(known)
    if name == "mspace":
        return ""
    kinds = {"msub": ("<sub>",), "msup": ("<super>",), "msubsup": ("<sub>", "<super>")}.get(name)
    if kinds is None:
        return None
    small = [_small(part, kind) for part, kind in zip(known[1:], kinds, strict=True)]
    return None if None in small else known[0] + "".join(part or "" for part in small)


def _double_struck(text: str) -> str:
    for name in ("DOUBLE-STRUCK CAPITAL", "MATHEMATICAL DOUBLE-STRUCK CAPITAL"):
        try:
            return unicodedata.lookup(f"{name} {text}")
        except KeyError:
            continue
    return text


def _small(text: str, kind: str) -> str | None:
    """Return a text in the letters that Unicode has for indices or exponents; None where it lacks one."""
    letters = [_letters()[kind].get(letter) for letter in text.replace("\u2032", "'")]
    return None if None in letters else "".join(letter or "" for letter in letters)


@functools.cache
def _letters() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"<sub>": {}, "<super>": {"'": "′"}}
    for letter in map(chr, range(0x80, 0x2D00)):
        kind, _, code = unicodedata.decomposition(letter).partition(" ")
        if kind in found and " " not in code:
            found[kind][chr(int(code, 16))] = letter
    return found


def _set_title(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Templates take the tags out of titles, and would leave a formula three times."""
    if pagename in app.env.titles:
        context["title"] = Markup.escape(title_text(app, pagename))
    for beside in ("next", "prev"):
        if (found := context.get(beside)) and (docname := _beside(app, pagename, beside)):
            context[beside] = {**found, "title": Markup.escape(title_text(app, docname))}


def _beside(app: Sphinx, pagename: str, side: str) -> str | None:
    builder: Any = app.builder
    _, prev, after = builder.relations.get(pagename, (None, None, None))
    found: str | None = after if side == "next" else prev
    return found if found in app.env.titles else None


def setup(app: Sphinx) -> None:
    """Give templates titles as text."""
    app.connect("html-page-context", _set_title)
