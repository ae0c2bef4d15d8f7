"""Building the book: run the chapters, assemble the pages, publish if all is well."""

from __future__ import annotations

import functools
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from exegesis.catalogue import Claim, Evidence, count_by_evidence
from exegesis.catalogue.load import SUFFIXES
from exegesis.command.configuration import import_paths, sphinx_configuration
from exegesis.command.disk import refusal
from exegesis.command.lock import only_build
from exegesis.command.project import CONF, Project
from exegesis.command.publish import publish, recover
from exegesis.execution import Executes, ExecutorError, Run
from exegesis.execution.sphinx import execution_of
from exegesis.fault import Fault, Kind
from exegesis.kernel.environment import set_environment
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.evidence import evidence_of
from exegesis.sphinxext.faults import Recorder, faults_of
from exegesis.sphinxext.records import records_of
from exegesis.sphinxext.site.search import search_of

Say = Callable[[str], None]
Begin = Callable[[Sphinx], None]
Written = Callable[[list[Fault]], None]


@dataclass
class Outcome:
    """What a build came to."""

    site: Path
    faults: list[Fault] = field(default_factory=list)  # sorted by file and line
    elsewhere: int = 0  # faults in other chapters than the one asked for
    runs: list[Run] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    evidence: str = ""  # what of it is missing or out of date
    seconds: float = 0.0


def build_book(
    project: Project,
    say: Say,
    *,
    jobs: int | None = None,
    executor: Executes | None = None,
    begin: Begin | None = None,
    written: Written = lambda faults: None,
) -> Outcome:
    """Run every stale chapter, assemble the site and publish it to ``_build/html``.

    A site with a fault is not published: the last good one stays as it was.

    Args:
        project: the book.
        say: told of the progress, line by line.
        jobs: how many chapters to run at a time; by default two more than cores.
        executor: what runs the chapters; by default this machine.
        begin: called with the application when all is ready that depends neither on the text of pages nor on
            data; waits until the build is to begin. Until then other builds of the book may go on.
        written: called with the faults so far when all pages are there; the search index is not.
    """
    project.pages()  # raises where there are none
    return _build_and_publish(project, None, "site", "html", say, begin, jobs=jobs, executor=executor, written=written)


def build_chapter(
    project: Project,
    slug: str,
    say: Say,
    *,
    executor: Executes | None = None,
    begin: Begin | None = None,
    written: Written = lambda faults: None,
) -> Outcome:
    """Run and build one chapter into ``_build/preview``; the others are read for references only.

    The arguments are those of `build_book`, and a page with a fault does not take the last good one's place.

    Raises:
        UsageError: there is no such chapter.
    """
    chapter = project.chapters([slug])[slug]
    return _build_and_publish(project, chapter, "page", "preview", say, begin, executor=executor, written=written)


def _build_and_publish(
    project: Project, only: Path | None, made: str, shown: str, say: Say, begin: Begin | None, **how: Any
) -> Outcome:
    """Build in one folder of ``_build``, and let what has no fault take the place of another."""
    target = project.build / shown
    start = time.perf_counter()
    with ExitStack() as held:
        if begin is None:
            held.enter_context(only_build(project.build, say))

        def wait(app: Sphinx) -> None:
            nonlocal start
            if begin is not None:
                begin(app)
                held.enter_context(only_build(project.build, say))
            recover(target)
            start = time.perf_counter()

        outcome = _build(project, only, say, site=project.build / made, begin=wait, **how)
        if not outcome.faults:
            publish(outcome.site, target)
            outcome.site = target
    outcome.seconds = time.perf_counter() - start
    return outcome


def _build(
    project: Project,
    only: Path | None,
    say: Say,
    *,
    site: Path,
    jobs: int | None = None,
    executor: Executes | None = None,
    begin: Begin = lambda app: None,
    written: Written = lambda faults: None,
) -> Outcome:
    set_environment(project.root)
    outcome = Outcome(site)
    recorded: Recorder | None = None
    with patch_docutils(str(project.root)), docutils_namespace(), ExitStack() as at_end:
        try:
            app = _sphinx(project, site, jobs)
            if not project.foreign:
                at_end.callback(lambda: search_of(app).stop())  # of the build that was under way
                recorded = faults_of(app)
                mine = functools.partial(_of_chapter, project, only)
                app.connect("build-finished", lambda app, error: written(mine(faults_of(app).faults)), priority=1)
            execution = execution_of(app)
            execution.jobs, execution.executor, execution.say = jobs, executor, say
            if only:
                _prepare_preview(app, _docname(project, only))
            app.connect("env-before-read-docs", lambda *_: say(f"assembling {'the page' if only else 'the pages'} ..."))
            begin(app)
            app.build(filenames=[str(only)] if only else [])
            outcome.runs = list(execution.runs.values())
            if not project.foreign:
                outcome.claims = [claim for claims in records_of(app.env).claims.values() for claim in claims]
                outcome.evidence = "" if only else str(evidence_of(app))
        except SphinxError as error:
            if isinstance(error.__cause__, ExecutorError):
                raise error.__cause__ from None
            if refusal(error):
                raise
            outcome.faults.append(Fault("", 1, f"{error.category}: {error}", "", Kind.BUILD.code))
    outcome.faults += recorded.faults if recorded else []
    if only:
        own = _of_chapter(project, only, outcome.faults)
        outcome.elsewhere = len(outcome.faults) - len(own)
        outcome.faults = own
        outcome.claims = [claim for claim in outcome.claims if claim.summary == only.stem]
    outcome.faults.sort()
    return outcome


def _of_chapter(project: Project, only: Path | None, faults: list[Fault]) -> list[Fault]:
    """Return the faults that a chapter has, or that are in no page."""
    if only is None:
        return faults
    own = only.relative_to(project.root).as_posix()
    return [fault for fault in faults if fault.path == own or not fault.path.endswith(SUFFIXES)]


def _sphinx(project: Project, site: Path, jobs: int | None) -> Sphinx:
    """Make the Sphinx of the book, with the engine; of a `_config.yml` what ``jupyter-book build`` would make."""
    if project.configuration == CONF:
        config = {"exclude_patterns": project.settings["sphinx"]["config"]["exclude_patterns"]}
    else:
        config = sphinx_configuration(project.settings, project.root)
        config["external_toc_path"] = str(project.root / "_toc.yml")
        sys.path += [path for path in import_paths(project.settings, project.root) if path not in sys.path]
    if project.foreign:
        config["extensions"] = [*config["extensions"], "exegesis.execution.sphinx"]
    else:
        config["nitpicky"] = True
    if not sys.stderr.isatty():
        nocolor()  # Sphinx's own command does so
    app = Sphinx(
        srcdir=str(project.root),
        confdir=str(project.root) if project.configuration == CONF else None,
        outdir=str(site),
        doctreedir=str(site.with_name(f".{site.name}-doctrees")),
        buildername="html",
        confoverrides={**config, **project.given},
        status=None,
        # The adapter's recorder has every warning, with its place; other books' are told as they come.
        warning=sys.stderr if project.foreign else io.StringIO(),
        parallel=jobs or os.cpu_count() or 1,
    )
    site_map = getattr(app.config, "external_site_map", None)  # a conf.py may do without
    if site_map and app.config["use_multitoc_numbering"] and "numbered: true" in yaml.dump(site_map.as_json()):
        app.setup_extension("sphinx_multitoc_numbering")
    if not all(extension.parallel_read_safe for extension in app.extensions.values()):
        app.parallel = 1  # Sphinx would too, with a warning
    return app


def _prepare_preview(app: Sphinx, docname: str) -> None:
    """Run and build one chapter; the others are read for references only."""
    execution_of(app).only = {docname}
    book_of(app).preview = True
    app.builder.search = False  # type: ignore[attr-defined]  # an index of one page would be none


def execute(
    project: Project,
    slugs: Sequence[str],
    say: Say,
    *,
    jobs: int | None = None,
    executor: Executes | None = None,
    compare: bool = False,
) -> list[Run]:
    """Run the stale ones of these chapters, or of all; with ``compare`` also in fresh kernels, storing nothing.

    Raises:
        UsageError: there is no such chapter.
    """
    chapters = project.chapters(slugs)
    set_environment(project.root)
    with only_build(project.build, say), patch_docutils(str(project.root)), docutils_namespace():
        app = _sphinx(project, project.build / "site", jobs)
        app.env.find_files(app.config, app.builder)
        execution = execution_of(app)
        execution.jobs, execution.executor, execution.say = jobs, executor, say
        execution.only = {_docname(project, chapters[slug]) for slug in slugs} or None
        execution.run(app, app.env)
        runs = list(execution.runs.values())
        if compare:
            say("the same in fresh kernels ...")
            ran = [run for run in runs if not run.failure]
            again = {run.path: run for run in execution.run_fresh(app, app.env, ran)}
            runs = [again.get(run.path, run) for run in runs]
    return runs


def _docname(project: Project, path: Path) -> str:
    return path.relative_to(project.root).with_suffix("").as_posix()


def summary_table(outcome: Outcome) -> str:
    """Return what a build came to, for the terminal."""
    counts = count_by_evidence(outcome.claims)
    ran = [run for run in outcome.runs if not run.stored]
    slowest = sorted(outcome.runs, key=lambda run: -run.seconds)[:3]
    rows = [
        ("chapters", f"{len(outcome.runs)} ({len(ran)} run now, {len(outcome.runs) - len(ran)} from the store)"),
        ("claims", f"{sum(counts.values())} ({', '.join(f'{counts[kind]} {kind.value}' for kind in Evidence)})"),
        *([("evidence", outcome.evidence)] if outcome.evidence else []),
        ("slowest", ", ".join(f"{run.path.stem} {run.seconds:.1f} s" for run in slowest) or "none"),
        ("time", f"{outcome.seconds:.1f} s"),
    ]
    return "\n".join(f"  {name:<9} {value}" for name, value in rows)
