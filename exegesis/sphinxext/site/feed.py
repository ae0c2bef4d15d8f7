"""The feed of new summaries (Atom, RFC 4287) and the sitemap."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from sphinx.application import Sphinx

from exegesis.sphinxext.addresses import absolute
from exegesis.sphinxext.identity import title_of, urn
from exegesis.sphinxext.shelf import Shelf

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def has_feed(app: Sphinx) -> bool:
    """Whether the book has a feed: it tells of summaries, and can be switched off."""
    return bool(app.config.exegesis_feed) and Shelf(app, "").book.has_papers


def feed(app: Sphinx) -> str:
    """Return the summaries, latest first; dates are those of the front matter."""
    shelf = Shelf(app, "")
    shown = [(entry.paper, each) for entry in shelf.entries() for each in shelf.summaries(entry)]
    shown.sort(key=lambda pair: pair[1].summary.slug)
    shown.sort(key=lambda pair: pair[1].summary.date, reverse=True)
    root = ET.Element("feed", xmlns=ATOM)
    _add(root, "title", title_of(app))
    _add(root, "id", urn(app, "feed"))
    _add(root, "updated", _time(max((each.summary.updated for _, each in shown), default="1970-01-01")))
    _add(root, "author", name=app.config.author)
    for relation, target in (("self", "feed.xml"), ("alternate", "")):
        if app.config.html_baseurl:  # without it there is no address to give
            ET.SubElement(root, "link", rel=relation, href=absolute(app, target))
    for paper, each in shown:
        entry = ET.SubElement(root, "entry")
        _add(entry, "title", f"{each.title} ({paper.venue} {paper.year})")
        _add(entry, "id", urn(app, each.summary.slug))
        _add(entry, "updated", _time(each.summary.updated))
        _add(entry, "published", _time(each.summary.date))
        _add(entry, "author", name=each.summary.author)
        _add(entry, "summary", each.summary.tldr)
        ET.SubElement(entry, "link", rel="alternate", href=absolute(app, each.uri))
        ET.SubElement(entry, "category", term=paper.key, label="paper")
        for keyword in each.summary.keywords:
            ET.SubElement(entry, "category", term=keyword)
    return _text(root)


def sitemap(app: Sphinx) -> str:
    """Return every page; those of summaries with their date."""
    shelf = Shelf(app, "")
    dates = {
        shelf.book.docname(summary): summary.updated
        for entry in shelf.entries()
        for summary in entry.summaries
        if shelf.shown(summary)
    }
    root = ET.Element("urlset", xmlns=SITEMAP)
    for docname in sorted(app.env.found_docs):
        url = ET.SubElement(root, "url")
        _add(url, "loc", absolute(app, app.builder.get_target_uri(docname)))
        if docname in dates:
            _add(url, "lastmod", dates[docname])
    return _text(root)


def _add(parent: ET.Element, tag: str, text: str = "", *, name: str = "") -> None:
    element = ET.SubElement(parent, tag)
    if name:
        element = ET.SubElement(element, "name")
    element.text = _NOT_XML.sub("", name or text)


def _time(date: str) -> str:
    return f"{date}T00:00:00Z"


def _text(root: ET.Element) -> str:
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
