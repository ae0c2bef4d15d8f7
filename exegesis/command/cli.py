"""The ``exegesis`` command."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from exegesis.command.arguments import parser
from exegesis.command.changed import changed_chapters
from exegesis.command.configuration import NAME
from exegesis.command.disk import refusal
from exegesis.command.project import CONF, Project, UsageError
from exegesis.command.scheduler import executor_of
from exegesis.command.startup import may_be_stale, set_up_process, warm_up
from exegesis.kernel.environment import VARIABLE as BASELINE
from exegesis.kernel.environment import baselines

if TYPE_CHECKING:
    from exegesis.fault import Fault

OK, FAULTS, USAGE = 0, 1, 2
_FOREIGN = "this book does not use exegesis.sphinxext: "


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 if all is well, 1 if the book has faults, 2 if the command can't do what was asked.
    """
    arguments = parser().parse_args(argv)
    try:
        if arguments.command in _WITHOUT_BOOK:
            status = _WITHOUT_BOOK[arguments.command](arguments)
        else:
            status = _RUN[arguments.command](Project.open(_root(arguments)), arguments)
        sys.stdout.flush()
    except UsageError as error:
        print(f"exegesis: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("exegesis: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read it, such as 'head', has enough; nothing is flushed to it at the end either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if not (said := refusal(error)):
            raise
        print(f"exegesis: {said}", file=sys.stderr)
        return USAGE
    return status


def _root(arguments: argparse.Namespace) -> Path:
    """Return the book's folder: what is to be built may be one, and not a chapter."""
    folder = Path(arguments.slug) if arguments.command == "build" and arguments.slug else None
    if folder and any((folder / name).is_file() for name in (NAME, CONF)):
        arguments.book, arguments.slug = arguments.slug, None
    return Path(arguments.book)


def _init(arguments: argparse.Namespace) -> int:
    from exegesis.command.init import init

    written = init(arguments.folder, arguments.title, arguments.author, arguments.repository)
    print(f"A book is in {arguments.folder}: {_count(len(written), 'file')}. Build it with:\n")
    print(f"  exegesis build {shlex.quote(str(arguments.folder))}")
    return OK


def _diff(arguments: argparse.Namespace) -> int:
    """Compare two states of a book; not as a `Project`, whose conf.py, if it has one, would be run."""
    from exegesis.command.review import diff, tell_diff

    given = {"of": arguments.of, "run": arguments.run, "claims": arguments.claims or ()}
    found = diff(Path(arguments.book), arguments.ref, **given)
    return FAULTS if _tell(tell_diff(found, as_json=arguments.json, form=arguments.format), arguments.format) else OK


def _build(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign and arguments.slug:
        raise UsageError(_FOREIGN + "it is built as a whole")
    if arguments.sandbox or arguments.branch or arguments.without_sandbox:
        return _build_apart(project, arguments)
    project = replace(project, given=_given(arguments))
    if arguments.baseline:
        _keep_to(arguments.baseline)
    _begin(project, arguments)
    from exegesis.command.build import build_book, build_chapter, summary_table
    from exegesis.command.check import print_faults

    with executor_of(project, arguments.scheduler) as executor:
        if arguments.slug:
            outcome = build_chapter(project, arguments.slug, _say, executor=executor)
        else:
            outcome = build_book(project, _say, jobs=arguments.jobs, executor=executor)
    print_faults(outcome.faults, "text")
    for run in outcome.runs:
        if arguments.slug and run.failure and run.failure.traceback:
            print(f"\n{run.failure.traceback}", file=sys.stderr)
    if outcome.faults:
        kept = f"the last good {'page' if arguments.slug else 'site'} is left as it was"
        print(f"\n{_count(len(outcome.faults), 'fault')}; {kept}", file=sys.stderr)
        return FAULTS
    if outcome.elsewhere:
        print(f"{_count(outcome.elsewhere, 'fault')} in other files; 'exegesis build' lists them")
    print(f"\n{summary_table(outcome)}\n")
    page = outcome.site / "index.html"
    if arguments.slug:
        page = outcome.site / project.layout.papers / f"{arguments.slug}.html"
    print(f"The book is built: {page}")
    return OK


def _build_apart(project: Project, arguments: argparse.Namespace) -> int:
    """Build a copy of the book, or of a branch of it, in a sandbox."""
    from exegesis.command.sandboxed import build_apart

    if arguments.scheduler:
        raise UsageError("a cluster's workers are outside of any sandbox; leave --scheduler out")
    names = ("jobs", "address", "repository", "baseline")
    given = [f"--{name}={value}" for name in names if (value := getattr(arguments, name))]
    built = build_apart(
        project, arguments.slug, given, _say, _warn, branch=arguments.branch, walls=not arguments.without_sandbox
    )
    return FAULTS if built is None else built


def _say(line: str) -> None:
    print(line, flush=True)


def _warn(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _keep_to(name: str) -> None:
    if name not in baselines():
        raise UsageError(f"this processor has no {name}; it has {', '.join(baselines()) or 'none that is known'}")
    os.environ[BASELINE] = name


def _given(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the settings that the command line gives, before those of _config.yml."""
    given = {"html_baseurl": arguments.address, "exegesis_repository": arguments.repository}
    return {name: value for name, value in given.items() if value}


def _begin(project: Project, arguments: argparse.Namespace) -> None:
    """Do what comes before the builder is imported."""
    set_up_process()
    if not arguments.scheduler and may_be_stale(project):
        warm_up(project)


def _execute(project: Project, arguments: argparse.Namespace) -> int:
    if _tell(project.options.faults()):  # they say what may be run, and for how long
        return FAULTS
    _begin(project, arguments)
    from exegesis.command.build import execute

    with executor_of(project, arguments.scheduler) as executor:
        runs = execute(
            project,
            arguments.slug,
            _say,
            jobs=arguments.jobs,
            executor=executor,
            compare=arguments.compare,
        )
    faults = [run.failure.fault(run.path.relative_to(project.root).as_posix()) for run in runs if run.failure]
    if _tell(faults):
        return FAULTS
    print(f"{_count(len(runs), 'notebook')}, no faults")
    return OK


def _doubt(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.doubt import doubt_chapters, print_evidence, verify, with_evidence

    slugs = arguments.slug
    if arguments.since:
        changed = changed_chapters(project, arguments.since)
        slugs = with_evidence(project, sorted({*slugs, *(slug for slug, what in changed.items() if what != "gone")}))
        if not slugs:
            print(f"no chapter with evidence is changed since {arguments.since}")
            return OK
    if arguments.verify:
        return OK if verify(project, slugs, arguments.jobs) else FAULTS
    if arguments.print:
        print_evidence(project, slugs, everything=arguments.all, jobs=arguments.jobs)
        return OK
    options = {"everything": arguments.all, "as_json": arguments.json, "jobs": arguments.jobs}
    return OK if doubt_chapters(project, slugs, **options) else FAULTS


def _seeds(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.doubt import try_seeds

    try_seeds(project, arguments.slug, quickly=arguments.quick, as_json=arguments.json, jobs=arguments.jobs)
    return OK


def _review(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign:
        raise UsageError(_FOREIGN + "it has no claims that could be reviewed")
    set_up_process()
    from exegesis.command.review import review, review_apart, tell_review

    slug, against = arguments.slug, arguments.against
    html = arguments.html or (project.build / "review" / f"{slug}.html" if arguments.open else None)
    if arguments.sandbox is None:
        found = review(project, slug, against, both=bool(html), doubt=arguments.doubt, jobs=arguments.jobs)
    else:
        how = {"both": bool(html), "doubt": arguments.doubt, "jobs": arguments.jobs}
        found = review_apart(project, slug, against, _warn, branch=arguments.sandbox or None, **how)
    return FAULTS if _tell(tell_review(found, as_json=arguments.json, html=html, show=arguments.open)) else OK


def _numbers(project: Project, arguments: argparse.Namespace) -> int:
    set_up_process()
    from exegesis.command.numbers import numbers, tell_numbers

    return FAULTS if _tell(tell_numbers(numbers(project, arguments.slug), as_json=arguments.json)) else OK


def _serve(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.serve import serve

    serve(project, arguments.port, arguments.slug)
    return OK


def _pdf(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign:
        raise UsageError(_FOREIGN + "its pages are not made for paper")
    from exegesis.command.pdf import make_pdfs

    make_pdfs(project, arguments.slug, _say, paper=arguments.paper)
    return OK


def _lab(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.lab import lab

    return lab(project, arguments.option)


def _verify(arguments: argparse.Namespace) -> int:
    """Compare a site; for its own manifest no book is needed."""
    from exegesis.command.verify import verify, verify_files

    if arguments.files:
        return verify_files(arguments.site)
    project = Project.open(Path(arguments.book))
    return verify(project, arguments.site, jobs=arguments.jobs, walls=not arguments.without_sandbox)


def _check(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign:
        raise UsageError(_FOREIGN + "it has no records that could be checked")
    from exegesis.command.check import check, fix

    if arguments.fix:
        changed = fix(project, arguments.file)
        for line in changed:
            print(line)
        print(f"{_count(len(changed), 'change')}\n")
    checked = check(project, arguments.file)
    if _tell(checked.faults, arguments.format):
        return FAULTS
    catalogue = checked.catalogue
    what = _count(len(arguments.file), "file") if arguments.file else ""
    print(f"{what or f'{len(catalogue.papers)} papers and {len(catalogue.summaries)} summaries'}, no faults")
    return OK


def _new(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign:
        raise UsageError(_FOREIGN + "it has no records to begin a chapter from")
    from exegesis.command.new import FaultyRecordError, Source, begin

    source = Source(arguments.key or "", arguments.bibtex, arguments.doi, arguments.arxiv)
    try:
        begun = begin(project, source, arguments.slug, arguments.author)
    except FaultyRecordError as error:
        _tell(error.faults)
        print("nothing was written; mend the record, and give it with --bibtex", file=sys.stderr)
        return FAULTS
    width = max(len(place) for place, _ in begun.written)
    for place, what in begun.written:
        print(f"  {place:<{width}}  {what}")
    print(f"\nIt builds as it is. Write, and look at it, with:\n\n  exegesis serve\n\n{begun.advice}")
    return OK


_WITHOUT_BOOK = {"diff": _diff, "init": _init, "verify": _verify}
_RUN = {
    "build": _build,
    "check": _check,
    "doubt": _doubt,
    "execute": _execute,
    "lab": _lab,
    "new": _new,
    "numbers": _numbers,
    "pdf": _pdf,
    "review": _review,
    "seeds": _seeds,
    "serve": _serve,
}


def _tell(faults: list[Fault], form: str = "text") -> bool:
    """Print faults, if there are any, by file and line; return whether there are."""
    from exegesis.command.check import print_faults

    print_faults(sorted(faults), form)
    if faults:
        print(f"\n{_count(len(faults), 'fault')}", file=sys.stderr)
    return bool(faults)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
