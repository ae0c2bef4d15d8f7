"""What the book gives to machines: its records and claims, a feed, a sitemap.

All of it is made from the catalogue and the pages, in stable order and with no build time
in it: two builds of one commit give the same bytes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from exegesis.catalogue import Claim, Said, Summary, Verdict
from exegesis.catalogue.checks import ONLY, is_name
from exegesis.catalogue.doubted import Doubted
from exegesis.sphinxext.addresses import absolute
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.citations import graph_of
from exegesis.sphinxext.evidence import evidence_of
from exegesis.sphinxext.identity import key_of, title_of
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.shelf import Shelf
from exegesis.sphinxext.state import is_site
from exegesis.sphinxext.titles import title_text

from .feed import feed, has_feed, sitemap


def papers_json(app: Sphinx) -> dict[str, Any]:
    """Return the papers that have a summary, by key. The form is schemas/papers.schema.json."""
    shelf, graph = Shelf(app, ""), graph_of(app)
    entries = sorted(shelf.entries(), key=lambda entry: entry.paper.key)
    return {
        "papers": [
            {
                "key": entry.paper.key,
                "title": entry.paper.title,
                "authors": list(entry.paper.authors),
                **({"more_authors": True} if entry.paper.more_authors else {}),
                "venue": entry.paper.venue,
                "year": entry.paper.year,
                "doi": entry.paper.doi,
                "arxiv": entry.paper.arxiv,
                "builds_on": graph[entry.paper.key].builds_on,
                "cited_by": graph[entry.paper.key].cited_by,
                "summaries": [
                    {
                        "slug": shown.summary.slug,
                        "title": shown.title,
                        "author": shown.summary.author,
                        "date": shown.summary.date,
                        "updated": shown.summary.updated,
                        "tldr": shown.summary.tldr,
                        "keywords": list(shown.summary.keywords),
                        "url": absolute(app, shown.uri),
                        "claims": {kind.value: count for kind, count in shown.evidence.items()},
                    }
                    for shown in sorted(shelf.summaries(entry), key=lambda shown: shown.summary.slug)
                ],
            }
            for entry in entries
        ]
    }


def claims_json(app: Sphinx) -> dict[str, Any]:
    """Return every claim, by page and in its order. The form is schemas/claims.schema.json."""
    by_page = records_of(app.env).claims
    return {
        "claims": [
            _claim(
                claim,
                book_of(app).summary(page),
                absolute(app, f"{app.builder.get_target_uri(page)}#{claim.anchor}"),
                evidence_of(app).of(claim),
            )
            for page in sorted(by_page, key=lambda page: (page.rpartition("/")[2], page))
            for claim in by_page[page]
        ]
    }


def _claim(claim: Claim, summary: Summary | None, url: str, found: Doubted | None) -> dict[str, Any]:
    return {
        "id": claim.id,
        "summary": summary and summary.slug,
        "paper": summary and summary.paper,
        "text": claim.text,
        "source": claim.source,
        "evidence": claim.evidence.value,
        "said": claim.said and _said(claim.said),
        "why": claim.why or None,
        "matters": claim.matters or None,
        "url": url,
        "checks": list(map(_verdict, claim.verdicts)),
        "holds": claim.holds,
        "verdict": claim.standing.value,
        "limits": claim.limits and {"words": claim.limits.words, "checks": list(map(_verdict, claim.limit_verdicts))},
        "accepts": [{"code": each.code, "reason": each.reason} for each in claim.accepts],
        "doubted": found and _doubted(found),
    }


def _doubted(found: Doubted) -> dict[str, Any]:
    """Return the two numbers that a claim's card shows; the evidence file has the rest."""
    changes, seeds = found.changes, found.seeds
    return {
        "changes": changes and dataclasses.asdict(changes),
        "seeds": seeds and {"tried": seeds.tried, "held": seeds.held, "baselines": seeds.baselines},
    }


def _said(said: Said) -> dict[str, str]:
    """Return what is said; the whole relation beside the number where it is no equality."""
    relation = {"relation": said.text} if said.check.relation != "=" else {}
    return {"expected": said.expected, "where": said.words, **relation}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    check, lower = verdict.check, {}
    if check.lower:
        side = check.lower.expected if is_name(check.lower.expected) else verdict.lower
        lower = {"lower": {"relation": check.lower.relation, "expected": side}}
    return {
        "name": check.name if check.name != ONLY else None,
        **lower,
        "relation": check.relation,
        "expected": check.expected if check.against_name else verdict.expected,
        "tolerance": verdict.tolerance,
        "computed": _finite(verdict.computed),
        "holds": verdict.comes_out,
    }


def _finite(value: float) -> float | None:
    """JSON knows neither nan nor infinity."""
    return value if abs(value) < float("inf") else None


def papers_bib(app: Sphinx) -> str:
    """Return every record of the book, to import."""
    papers = book_of(app).catalogue.papers
    return "\n\n".join(papers[key].bibtex for key in sorted(papers)) + "\n"


def llms_txt(app: Sphinx) -> str:
    """Return the book's contents for language models, in the form of llmstxt.org."""
    shelf = Shelf(app, "")
    lines = [f"# {title_of(app)}", ""]
    if description := app.config.exegesis_description:
        lines += [f"> {' '.join(description.split())}", ""]
    lines += ["## Summaries", ""]
    for entry in sorted(shelf.entries(), key=lambda entry: entry.paper.key):
        for shown in shelf.summaries(entry):
            where = f"{entry.paper.short_authors}, {entry.paper.venue} {entry.paper.year}"
            lines.append(f"- [{_markdown(shown.title)}]({absolute(app, shown.uri)}): {where}. {shown.summary.tldr}")
    lines += ["", "## Data", ""]
    for name, what in (
        ("papers.json", "papers and summaries"),
        ("claims.json", "claims and verdicts"),
        ("papers.bib", "BibTeX"),
    ):
        lines.append(f"- [{name}]({absolute(app, name)}): {what}")
    return "\n".join(lines) + "\n"


def _markdown(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")


def robots_txt(app: Sphinx) -> str:
    """Return that all may be read."""
    return "User-agent: *\nAllow: /\n" + (
        f"Sitemap: {absolute(app, 'sitemap.xml')}\n" if app.config.html_baseurl else ""
    )


def _chapter_bib(app: Sphinx) -> Iterator[tuple[str, str]]:
    book = book_of(app)
    for summary in book.catalogue.summaries.values():
        if title := title_text(app, book.docname(summary)):
            paper = book.catalogue.papers[summary.paper]
            record = summary.bibtex(key_of(app, summary.slug), title, title_of(app), paper)
            yield f"{book.docname(summary)}.bib", f"{paper.bibtex}\n\n{record}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


#: Made for every book; the others for a book of papers.
FILES: dict[str, Callable[[Sphinx], str]] = {
    "claims.json": lambda app: _dump(claims_json(app)),
    "sitemap.xml": sitemap,
    "robots.txt": robots_txt,
}
FILES_OF_PAPERS: dict[str, Callable[[Sphinx], str]] = {
    "papers.json": lambda app: _dump(papers_json(app)),
    "papers.bib": papers_bib,
    "llms.txt": llms_txt,
}


def _write_all(app: Sphinx, error: Exception | None) -> None:
    if error or not is_site(app) or book_of(app).preview:
        return
    makers = (
        FILES | (FILES_OF_PAPERS if book_of(app).has_papers else {}) | ({"feed.xml": feed} if has_feed(app) else {})
    )
    files = {name: make(app) for name, make in makers.items()}
    files |= dict(_chapter_bib(app))
    for name in ({*FILES_OF_PAPERS, "feed.xml"}) - files.keys():
        Path(app.outdir, name).unlink(missing_ok=True)  # of an earlier build with other settings
    for name, text in files.items():
        write_changed(Path(app.outdir, name), text)


def write_changed(path: Path, text: str) -> None:
    """Write a file of the site, unless it is as it was."""
    data = text.encode("utf-8")
    if not path.exists() or path.read_bytes() != data:  # Sphinx may have put a file there that is no text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def second_name(source: Path, path: Path) -> None:
    """Give a large file that nothing writes to a second name, in the site."""
    if path.exists() and path.samefile(source):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.link(source, path)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, path)


def setup(app: Sphinx) -> None:
    """Write the files when the pages are done."""
    app.connect("build-finished", _write_all, priority=600)
