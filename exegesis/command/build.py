"""Building the book: run the chapters, assemble the pages, publish if all is well."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from exegesis.catalogue import Claim, Evidence, count_by_evidence
from exegesis.command.project import Project, UsageError
from exegesis.command.publish import publish, recover
from exegesis.execution import Executes, Run, Store, run_fresh, run_notebooks
from exegesis.kernel.environment import set_environment
from exegesis.paths import store_path
from exegesis.sphinxext.book import book_of, closest
from exegesis.sphinxext.faults import Recorder, faults_of
from exegesis.sphinxext.reading.claims import claim_domain
from exegesis.sphinxext.site.search import search_of

Say = Callable[[str], None]


@dataclass
class Outcome:
    """What a build came to."""

    site: Path
    faults: list[str] = field(default_factory=list)  # file:line: what is wrong; how to mend it
    elsewhere: int = 0  # faults in other chapters than the one asked for
    runs: list[Run] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    seconds: float = 0.0


def build_book(
    project: Project,
    say: Say,
    *,
    jobs: int | None = None,
    executor: Executes | None = None,
    begin: Callable[[], None] = lambda: None,
    written: Callable[[list[str]], None] = lambda faults: None,
) -> Outcome:
    """Run every stale chapter, assemble the site and publish it to ``_build/html``.

    A site with a fault is not published: the last good one stays as it was.

    Args:
        project: the book.
        say: told of the progress, line by line.
        jobs: how many chapters to run at a time; by default two more than cores.
        executor: what runs the chapters; by default this machine.
        begin: called when all is ready that depends neither on the text of pages nor on data;
            waits until the build is to begin.
        written: called with the faults so far when all pages are there; the search index is not.
    """
    target = project.build / "html"
    recover(target)
    pages = project.pages()
    start = time.perf_counter()

    def wait() -> None:
        nonlocal start
        begin()
        start = time.perf_counter()

    site = project.build / "site"
    outcome = _build(project, pages, None, say, site=site, jobs=jobs, executor=executor, begin=wait, written=written)
    if not outcome.faults:
        publish(outcome.site, target)
        outcome.site = target
    outcome.seconds = time.perf_counter() - start
    return outcome


def build_chapter(project: Project, slug: str, say: Say, *, executor: Executes | None = None) -> Outcome:
    """Run and build one chapter into ``_build/preview``; the others are read for references only.

    Raises:
        UsageError: there is no such chapter.
    """
    begin = time.perf_counter()
    pages = project.pages()
    chapters = {path.stem: path for path in pages if (project.root / project.layout.papers) in path.parents}
    if slug not in chapters:
        raise UsageError(f"there is no chapter '{slug}' in _toc.yml; {closest(slug, list(chapters))}")
    outcome = _build(project, pages, chapters[slug], say, site=project.build / "preview", executor=executor)
    outcome.seconds = time.perf_counter() - begin
    return outcome


def _build(
    project: Project,
    pages: list[Path],
    only: Path | None,
    say: Say,
    *,
    site: Path,
    jobs: int | None = None,
    executor: Executes | None = None,
    begin: Callable[[], None] = lambda: None,
    written: Callable[[list[str]], None] = lambda faults: None,
) -> Outcome:
    set_environment(project.root)
    outcome = Outcome(site)
    recorded: Recorder | None = None
    with patch_docutils(str(project.root)), docutils_namespace(), ExitStack() as at_end:
        try:
            app = _sphinx(project, site, jobs)
            at_end.callback(search_of(app).stop)
            recorded = faults_of(app)
            app.connect("build-finished", lambda app, error: written(faults_of(app).messages), priority=1)
            begin()
            outcome.runs = _run(project, app, [only] if only else pages, say, jobs, executor)
            say(f"assembling {'the page' if only else 'the pages'} ...")
            _leave(app, project, outcome.runs, pages, only)
            app.build(filenames=[str(only)] if only else [])
            outcome.claims = [claim for claims in claim_domain(app).claims.values() for claim in claims]
        except SphinxError as error:
            outcome.faults.append(f"{error.category}: {error}")
    outcome.faults += recorded.messages if recorded else []
    if only:
        own = only.relative_to(project.root).as_posix()
        mine = [fault for fault in outcome.faults if fault.startswith(f"{own}:") or ".md:" not in fault]
        outcome.elsewhere = len(outcome.faults) - len(mine)
        outcome.faults = mine
        outcome.claims = [claim for claim in outcome.claims if claim.summary == only.stem]
    outcome.faults.sort(key=_place)
    return outcome


def _run(
    project: Project, app: Sphinx, wanted: list[Path], say: Say, jobs: int | None, executor: Executes | None
) -> list[Run]:
    """Run the chapters that are stale."""
    # A front matter with a fault, such as a bare date, can break the store: leave it alone.
    faulty = {project.root / fault.path for fault in book_of(app).catalogue.faults}
    return run_notebooks(
        [page for page in wanted if page not in faulty],
        Store(store_path(project.root)),
        jobs=jobs,
        limits=project.limits(),
        executor=executor,
        progress=lambda done, total, run: say(_progress(project, done, total, run)),
    )


def _sphinx(project: Project, site: Path, jobs: int | None) -> Sphinx:
    """Make the same Sphinx as ``jupyter-book build`` would."""
    config, _ = get_final_config(
        user_yaml=project.root / "_config.yml",
        sourcedir=project.root,
        cli_config={"latex_individualpages": False},
    )
    return Sphinx(
        srcdir=str(project.root),
        confdir=None,
        outdir=str(site),
        doctreedir=str(site.with_name(f".{site.name}-doctrees")),
        buildername="html",
        confoverrides={**config, **project.given, "nitpicky": True},
        status=None,
        warning=io.StringIO(),  # the adapter's recorder has every warning, with its place
        parallel=jobs or os.cpu_count() or 1,
    )


def _leave(app: Sphinx, project: Project, runs: list[Run], pages: list[Path], only: Path | None) -> None:
    """Say which chapters Sphinx must not run, and which it must read again."""
    book = book_of(app)
    for run in runs:
        docname = _docname(project, run.path)
        if run.failure:
            book.unexecuted[docname] = run.failure
        if not run.stored or only:
            book.outdated.add(docname)
    if only:
        book.preview = True
        app.builder.search = False  # type: ignore[attr-defined]  # an index of one page would be none
        others = {_docname(project, page) for page in pages if page != only}
        for docname in others - book.unexecuted.keys():
            book.unexecuted[docname] = None


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
    pages = project.pages()
    chapters = {path.stem: path for path in pages if (project.root / project.layout.papers) in path.parents}
    for slug in slugs:
        if slug not in chapters:
            raise UsageError(f"there is no chapter '{slug}' in _toc.yml; {closest(slug, list(chapters))}")
    set_environment(project.root)
    faulty = {project.root / fault.path for fault in project.catalogue().faults}
    wanted = [chapters[slug] for slug in slugs] or pages
    store, limits = Store(store_path(project.root)), project.limits()

    def tell(done: int, total: int, run: Run) -> None:
        say(_progress(project, done, total, run))

    runs = run_notebooks(
        [page for page in wanted if page not in faulty],
        store,
        jobs=jobs,
        limits=limits,
        executor=executor,
        progress=tell,
    )
    if compare:
        say("the same in fresh kernels ...")
        ran = [run.path for run in runs if not run.failure]
        again = {run.path: run for run in run_fresh(ran, store.path, jobs=jobs, limits=limits, progress=tell)}
        runs = [again.get(run.path, run) for run in runs]
    return runs


def _docname(project: Project, path: Path) -> str:
    return path.relative_to(project.root).with_suffix("").as_posix()


def _place(fault: str) -> tuple[str, int, str]:
    """Sort by file, then by line as a number."""
    path, _, rest = fault.partition(":")
    line = rest.partition(":")[0]
    return path, int(line) if line.isdigit() else 0, fault


def _progress(project: Project, done: int, total: int, run: Run) -> str:
    state = "failed" if run.failure else "ran"
    return f"[{done}/{total}] {run.path.stem:<32} {state} in {run.seconds:5.1f} s"


def summary_table(outcome: Outcome) -> str:
    """Return what a build came to, for the terminal."""
    counts = count_by_evidence(outcome.claims)
    ran = [run for run in outcome.runs if not run.stored]
    slowest = sorted(outcome.runs, key=lambda run: -run.seconds)[:3]
    rows = [
        ("chapters", f"{len(outcome.runs)} ({len(ran)} run now, {len(outcome.runs) - len(ran)} from the store)"),
        ("claims", f"{sum(counts.values())} ({', '.join(f'{counts[kind]} {kind.value}' for kind in Evidence)})"),
        ("slowest", ", ".join(f"{run.path.stem} {run.seconds:.1f} s" for run in slowest) or "none"),
        ("time", f"{outcome.seconds:.1f} s"),
    ]
    return "\n".join(f"  {name:<9} {value}" for name, value in rows)
