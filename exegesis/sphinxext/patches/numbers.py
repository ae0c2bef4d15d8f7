"""Figures, tables and formulas are numbered on each page from 1.

Sphinx numbers them through the whole book: a figure more in one chapter would change, and
have rewritten, every later one; and it reads every page's doctree again to do so.

Seen in Sphinx 7.4, 8.2 and 9.0; no issue is known upstream. Assumed: `TocTreeCollector` hears of
'env-get-updated' and asks its own `assign_figure_numbers`; references look into `env.toc_fignumbers`.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from exegesis.sphinxext.records import records_of


def _number(app: Sphinx, doctree: nodes.document) -> None:
    standard = app.env.get_domain("std")
    assert isinstance(standard, StandardDomain)
    numbers: dict[str, dict[str, tuple[int, ...]]] = {}
    for node in doctree.findall(nodes.Element):
        kind = standard.get_enumerable_node_type(node)
        if kind and node["ids"] and standard.get_numfig_title(node):
            of_kind = numbers.setdefault(kind, {})
            of_kind[node["ids"][0]] = (len(of_kind) + 1,)
    records_of(app.env).numbers[app.env.docname] = numbers


def _take_over(app: Sphinx) -> None:
    """Let Sphinx's collector take the numbers from here."""

    def assign_figure_numbers(env: BuildEnvironment) -> list[str]:
        env.toc_fignumbers = records_of(env).numbers
        return []  # numbers change with their own page only

    for listener in app.events.listeners["env-get-updated"]:
        collector = getattr(listener.handler, "__self__", None)
        if isinstance(collector, TocTreeCollector):
            collector.assign_figure_numbers = assign_figure_numbers  # type: ignore[method-assign]


def setup(app: Sphinx) -> None:
    """Register the numbering."""
    app.connect("doctree-read", _number)
    app.connect("builder-inited", _take_over)
