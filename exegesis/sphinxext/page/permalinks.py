"""Links to places of a page: each says where it leads, and none is a part of the heading that it stands at.

Sphinx writes the link into the heading, where it is read out as "BEAR, link, number sign". Here it stands beside
it. A script copies its address when it is pressed.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.sphinxext.reading.maths import macros_of
from exegesis.sphinxext.theme import has_shell
from exegesis.sphinxext.titles import text_of

_LINK = r'<a class="headerlink" href="#(?P<place>[^"]*)"(?P<more>[^>]*)>(?P<sign>.*?)</a>'
_HEADING = re.compile(rf"(?P<begin><h(?P<level>[1-6])\b[^>]*>(?:(?!</h[1-6]>).)*?){_LINK}\s*</h(?P=level)>", re.DOTALL)
#: A figure's or a table's, after its number; a formula's.
_NUMBERED = re.compile(
    r'(?P<begin><span class="(?:caption-number">(?P<caption>[^<]*)</span>(?:(?!</figcaption>|</caption>).)*?'
    rf'|eqno">\((?P<formula>[^<)]*)\))){_LINK}',
    re.DOTALL,
)


def named(body: str, titles: dict[str, str]) -> str:
    """Return a page's body with links that say where they lead.

    Args:
        body: HTML.
        titles: of the page's sections, as text, by their ids.
    """

    def heading(found: re.Match[str]) -> str:
        level, place = found["level"], found["place"]
        own = re.search(r'aria-label="([^"]*)"', found["more"])  # an exercise's link says where it leads already
        unnamed = html.unescape(own[1]) if own else "Link to this section"
        link = _link(found, f"Link to {titles[place]}" if titles.get(place) else unnamed)
        return f'<div class="heading heading-{level}">{found["begin"]}</h{level}>{link}</div>'

    def numbered(found: re.Match[str]) -> str:
        what = found["caption"].strip() if found["caption"] else f"formula {found['formula']}"
        return found["begin"] + _link(found, f"Link to {what}")

    return _NUMBERED.sub(numbered, _HEADING.sub(heading, body))


def _link(found: re.Match[str], name: str) -> str:
    name = html.escape(name)
    return f'<a class="headerlink" href="#{found["place"]}" title="{name}" aria-label="{name}">{found["sign"]}</a>'


def _name(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if has_shell(app) and "body" in context:
        macros = macros_of(app.config)
        headings = doctree.findall(nodes.title) if doctree else ()
        titles = {place: text_of(each, macros) for each in headings for place in each.parent["ids"]}
        context["body"] = named(context["body"], titles)


def setup(app: Sphinx) -> None:
    """Name the links when others have looked at the page's headings, and before what it loads is chosen."""
    app.add_js_file("permalinks.js", loading_method="defer")
    app.connect("html-page-context", _name, priority=950)
