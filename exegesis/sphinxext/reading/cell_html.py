"""The HTML that cells give: what of it may stand in a page, and what it would fetch or run.

What may is a short list of elements, attributes and styles, which show and do nothing else: tables above all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import nh3

_TEXT = "abbr b bdi bdo blockquote br cite code dd del details dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd"
_TEXT += " li mark meter ol p pre progress q s samp small span strong sub summary sup time u ul var wbr"
_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
ELEMENTS = {*_TEXT.split(), *_TABLES.split(), "a", "figcaption", "figure", "img"}
_SIZES = {"value", "min", "max", "low", "high", "optimum"}
ATTRIBUTES = {
    "*": {"class", "dir", "lang", "style", "title"},
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "meter": _SIZES,
    "ol": {"reversed", "start", "type"},
    "progress": _SIZES,
    "table": {"border"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
STYLES = {
    *("background-color", "color", "text-align", "vertical-align", "white-space", "padding"),
    *("font-family", "font-size", "font-style", "font-weight", "text-decoration"),
    *("border", "border-collapse", "border-color", "width", "min-width", "max-width"),
}
#: Attributes that can go, and nobody will miss them.
_IDLE = re.compile(r"(?:aria|data)-[\w-]+|align|cellpadding|cellspacing|headers|id|name|rel|role|target|valign")
#: What fetches something as soon as it is there, by attribute; a link does so on these elements only.
_FETCHES = {"src", "srcset", "poster", "data", "background", "href", "xlink:href"}
_LEADS = {"a", "area"}
_ITS_OWN = re.compile(r"\s*(?:data:|blob:|#|$)", re.IGNORECASE)
_IN_STYLES = re.compile(r"(?:@import\s*|url\(\s*|image-set\(\s*)[\"']?\s*((?:https?:)?//[^\"')\s]*)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:avif|gif|jpeg|png|webp);base64,[\w+/=\s]*")
_WEB = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)


class CellHtml(HTMLParser):
    """One output, looked through."""

    def __init__(self, text: str) -> None:
        super().__init__()
        #: Whether all that it shows may stand in a page.
        self.is_plain = True
        #: What it would fetch, from this host or another.
        self.fetched: list[str] = []
        #: Where its links lead that are none.
        self.unfit: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        self._inside = tag if tag in self.CDATA_CONTENT_ELEMENTS else ""
        if tag == "style" and "scoped" in names:
            return  # how pandas aligns every table; no browser scopes it, and the book's tables have a style
        self.is_plain &= tag in ELEMENTS
        for name, given in attrs:
            self._look(tag, name, given or "")

    def _look(self, tag: str, name: str, value: str) -> None:
        self.is_plain &= name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) or bool(_IDLE.fullmatch(name))
        if name == "style":
            self.is_plain &= {style.partition(":")[0].strip() for style in value.split(";") if style.strip()} <= STYLES
            self._look_for_styles(value)
        elif name == "href" and tag in _LEADS:
            self.unfit += [] if _WEB.match(value) else [value]
        elif name in _FETCHES:
            self.fetched += [] if _ITS_OWN.match(value) else [value.strip()]
            self.is_plain &= tag != "img" or bool(_PICTURE.fullmatch(value))

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self._look_for_styles(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def _look_for_styles(self, text: str) -> None:
        self.fetched += [found[1] for found in _IN_STYLES.finditer(text)]


def cleaned(text: str) -> str:
    """Return of some HTML what may stand in a page."""
    return nh3.clean(
        text,
        tags=ELEMENTS,
        clean_content_tags={"script", "style", "template", "title"},
        attributes=ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=STYLES,
    )


def _filter(element: str, name: str, value: str) -> str | None:
    allowed = {"href": _WEB.match, "src": _PICTURE.fullmatch}.get(name)
    return value if allowed is None or allowed(value) else None


def pieces(text: str, allowed: list[str]) -> Iterator[str]:
    """Yield the names of elements in a piece of HTML, as Markdown has it between its text, that are not allowed so."""
    for name, attributes in re.findall(r"<[!/]?\s*([\w-]*)([^>]*)", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)):
        if name.lower() not in allowed or attributes.strip(" /"):
            yield name
