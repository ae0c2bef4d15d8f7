"""Talking about a chapter: where to edit it, report an error, discuss it, and comments if they are switched on.

Nothing of another host is loaded before the reader asks for it.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.state import application_of
from exegesis.sphinxext.titles import title_text

from .editing import edit_link


class chapter_discussion(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """Where the links to the discussion go."""


def links(repository: str, slug: str, title: str, mail: str = "") -> dict[str, str]:
    """Return where to talk about a chapter, by what to call it; nothing without a repository and a mail address."""
    if not repository:
        subject = quote(f"Error in {slug}: {title}")
        return {"Report an error by mail": f"mailto:{mail}?subject={subject}"} if mail else {}
    base = repository.rstrip("/")
    report = urlencode({"template": "report-an-error.yml", "title": f"Error in {slug}", "chapter": slug})
    return {
        "Report an error": f"{base}/issues/new?{report}",
        "Discuss this chapter": f"{base}/discussions?{urlencode({'discussions_q': title})}",
    }


def visit_discussion(self: HTML5Translator, node: chapter_discussion) -> None:
    """Write where an error is reported, whatever the book has for it, and the button that loads the comments."""
    app = application_of(self.builder)
    docname = self.builder.current_docname
    summary = book_of(app).summary(docname)
    if summary is not None:
        config = app.config
        report = links(config.exegesis_repository, summary.slug, title_text(app, docname), config.exegesis_mail)
        values = {
            "links": edit_link(app, docname) | report,
            "giscus": config.exegesis_giscus,
            "slug": summary.slug,
            "publisher": config.author,
            "reports": bool(report),
        }
        self.body.append(book_of(app).render("discussion.html", **values))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the node."""
    app.add_node(chapter_discussion, html=(visit_discussion, None))
    app.add_js_file("comments.js", loading_method="defer")
