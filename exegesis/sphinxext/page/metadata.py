"""What a page says of itself to search engines, reference managers and previews."""

from __future__ import annotations

import html
import json
import re
import textwrap
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from exegesis.catalogue import Paper, Summary
from exegesis.catalogue.venues import is_preprint
from exegesis.sphinxext.addresses import absolute, from_page
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.identity import title_of
from exegesis.sphinxext.reading.maths import Macros, macros_of
from exegesis.sphinxext.site.feed import has_feed
from exegesis.sphinxext.state import is_site
from exegesis.sphinxext.titles import text_of, title_text


def _meta(key: str, name: str, content: str) -> str:
    return f'<meta {key}="{name}" content="{html.escape(content)}">'


_REPORT = "citation_technical_report_institution"
#: The tag that tells where a paper appeared, by the kind of its record.
_WHERE = {
    "article": "citation_journal_title",
    "book": "citation_publisher",
    "incollection": "citation_inbook_title",
    "inproceedings": "citation_conference_title",
}


def _where(paper: Paper) -> str:
    """Return the tag for a paper's venue: a preprint and a report are of an institution."""
    return _REPORT if is_preprint(paper.venue) else _WHERE.get(paper.kind, _REPORT)


def citation_tags(paper: Paper) -> list[tuple[str, str]]:
    """Return the tags by which reference managers know a paper."""
    tags = [("citation_title", paper.title)]
    tags += [("citation_author", author) for author in paper.authors]
    tags += [("citation_publication_date", str(paper.year)), (_where(paper), paper.venue)]
    if paper.doi:
        tags.append(("citation_doi", paper.doi))
    if paper.arxiv:
        tags.append(("citation_arxiv_id", paper.arxiv))
    return tags


def json_ld(title: str, paper: Paper, summary: Summary, url: str) -> str:
    """Return the summary as a schema.org Review of a ScholarlyArticle."""
    article: dict[str, Any] = {
        "@type": "ScholarlyArticle",
        "name": paper.title,
        "author": [{"@type": "Person", "name": author} for author in paper.authors],
        "datePublished": str(paper.year),
        "isPartOf": {"@type": "PublicationVolume", "name": paper.venue},
    }
    if paper.links:
        article["sameAs"] = list(paper.links.values())
    review = {
        "@context": "https://schema.org",
        "@type": "Review",
        "name": title,
        "author": {"@type": "Organization", "name": summary.author},
        "datePublished": summary.date,
        "dateModified": summary.updated,
        "abstract": summary.tldr,
        "keywords": list(summary.keywords),
        "itemReviewed": article,
    }
    if "://" in url:
        review["url"] = url
    # '<' could end the script element; JSON can write it otherwise.
    text = json.dumps(review, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def description_of(doctree: nodes.document | None, macros: Macros = (), least: int = 40, most: int = 250) -> str:
    """Return how a page begins: its first paragraph of prose, cut at a word; an aside or a motto is none."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        text = " ".join(text_of(paragraph, macros).split())
        if len(text) >= least and isinstance(paragraph.parent, nodes.section):
            return textwrap.shorten(text, most, placeholder=" ...")
    return ""


def _add(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if not is_site(app):
        return
    head = []
    book = book_of(app)
    if has_feed(app):
        address = from_page(app, pagename, "feed.xml")
        head.append(f'<link rel="alternate" type="application/atom+xml" title="New summaries" href="{address}">')
    summary = book.summary(pagename)
    title = title_text(app, pagename)
    description = context.get("description") or (
        summary.tldr if summary else description_of(doctree, macros_of(app.config))
    )
    description = description or ": ".join(filter(None, [title, app.config.exegesis_description])) or title_of(app)
    head += [
        _meta("name", "description", description),
        _meta("property", "og:title", title or title_of(app)),
        _meta("property", "og:description", description),
        _meta("property", "og:site_name", title_of(app)),
        _meta("property", "og:type", "article" if summary else "website"),
    ]
    if app.config.html_baseurl:
        head.append(_meta("property", "og:url", absolute(app, app.builder.get_target_uri(pagename))))
    if summary:
        paper = book.catalogue.papers[summary.paper]
        head += [_meta("name", name, content) for name, content in citation_tags(paper)]
        head.append(json_ld(title, paper, summary, absolute(app, app.builder.get_target_uri(pagename))))
    # Docutils has a viewport of its own, and the theme's page another.
    metatags = re.sub(r'<meta [^>]*name="viewport"[^>]*>\s*', "", context.get("metatags", ""))
    context["metatags"] = metatags + "\n".join(head) + "\n"


def setup(app: Sphinx) -> None:
    """Add the tags to every page."""
    app.connect("html-page-context", _add)
