"""The ``exegesis`` command."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from exegesis import __version__
from exegesis.command.configuration import NAME
from exegesis.command.project import CONF, Project, UsageError
from exegesis.command.startup import may_be_stale, set_up_process, warm_up
from exegesis.kernel.environment import decisive

if TYPE_CHECKING:
    from exegesis.execution import Executes
    from exegesis.fault import Fault

OK, FAULTS, USAGE = 0, 1, 2
_FOREIGN = "this book does not use exegesis.sphinxext: "


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 if all is well, 1 if the book has faults, 2 if the command can't do what was asked.
    """
    arguments = _parser().parse_args(argv)
    try:
        if arguments.command == "init":
            return _init(arguments)
        project = Project.open(_root(arguments))
        status: int = arguments.run(project, arguments)
    except UsageError as error:
        print(f"exegesis: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("exegesis: stopped", file=sys.stderr)
        return 130
    return status


def _root(arguments: argparse.Namespace) -> Path:
    """Return the book's folder: what is to be built may be one, and not a chapter."""
    folder = Path(arguments.slug) if arguments.command == "build" and arguments.slug else None
    if folder and any((folder / name).is_file() for name in (NAME, CONF)):
        arguments.book, arguments.slug = arguments.slug, None
    return Path(arguments.book)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exegesis", description="Build, serve and check a book of papers.")
    parser.add_argument("--version", action="version", version=f"exegesis {__version__}")
    parser.add_argument("--book", default=".", metavar="FOLDER", help="where _config.yml or conf.py is (default: here)")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    init = commands.add_parser("init", help="make a small book that builds at once")
    init.add_argument("folder", type=Path, metavar="FOLDER", help="where to; what is there already is left alone")
    init.add_argument("--title", default="", help="what it is called (default: as the folder)")
    init.add_argument("--author", default="", help="who writes it")
    init.add_argument("--repository", default="", type=_url, metavar="URL", help="where its sources are")

    build = commands.add_parser("build", help="run the chapters and build the site, or one chapter of it")
    build.add_argument(
        "slug",
        nargs="?",
        metavar="SLUG or PATH",
        help="only this chapter, such as 'concrete'; or a folder with a _config.yml: any Jupyter Book 1.x project",
    )
    build.add_argument("-j", "--jobs", type=_positive, help="how many chapters at a time (default: cores + 2)")
    build.add_argument("--scheduler", metavar="ADDRESS", help="run them on this Dask cluster, such as tcp://host:8786")
    for name, what in (("address", "where the site will be published"), ("repository", "where the book's sources are")):
        variable = f"EXEGESIS_{name.upper()}"
        build.add_argument(
            f"--{name}", type=_url, default=os.environ.get(variable, ""), metavar="URL", help=f"{what} (or: {variable})"
        )
    build.set_defaults(run=_build)

    execute = commands.add_parser("execute", help="run the chapters that have no stored result; build no page")
    execute.add_argument("slug", nargs="*", help="only these chapters")
    execute.add_argument("-j", "--jobs", type=_positive, help="how many chapters at a time (default: cores + 2)")
    execute.add_argument("--scheduler", metavar="ADDRESS", help="run them on this Dask cluster")
    execute.add_argument("--compare", action="store_true", help="run them in fresh kernels too: do they give the same?")
    execute.set_defaults(run=_execute)

    serve = commands.add_parser("serve", help="show the book in a browser and rebuild it as you write")
    serve.add_argument("--port", type=_positive, default=8000, help="default: 8000")
    serve.set_defaults(run=_serve)

    _add_doubts(commands)

    check = commands.add_parser("check", help="check the records, front matters and _toc.yml, running nothing")
    check.add_argument(
        "--fix", action="store_true", help="write identifiers, venues and addresses clean into the records' file"
    )
    check.set_defaults(run=_check)
    return parser


def _add_doubts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doubt = commands.add_parser("doubt", help="change the chapters' code in small ways: do checks and tests notice?")
    doubt.add_argument("--all", action="store_true", help="try all changes that there are, and not a sample")
    doubt.add_argument("--verify", action="store_true", help="are the evidence files what comes out? writes nothing")
    doubt.set_defaults(run=_doubt)
    seeds = commands.add_parser("seeds", help="run the chapters with other seeds: do the claims hold?")
    seeds.set_defaults(run=_seeds)
    for command in (doubt, seeds):
        command.add_argument("slug", nargs="*", metavar="SLUG", help="only these chapters")
        command.add_argument("-j", "--jobs", type=_positive, help="how many at a time (default: cores)")
        command.add_argument("--json", action="store_true", help="print what is written, and no table")


def _url(text: str) -> str:
    found = urlsplit(text)
    if text and (found.scheme not in ("http", "https") or not found.netloc or found.query or found.fragment):
        raise argparse.ArgumentTypeError(f"'{text}' is no address; give one such as https://example.org/book/")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)


@contextmanager
def _executor(project: Project, scheduler: str | None) -> Iterator[Executes | None]:
    """Give what runs the chapters: the workers of a cluster, or None for this machine."""
    if scheduler is None:
        yield None
        return
    from exegesis.execution import ExecutorError

    try:
        from exegesis.execution.cluster.executor import ClusterExecutor
    except ModuleNotFoundError as error:
        raise UsageError(f"--scheduler needs Dask ({error}); install it with: pip install -e '.[cluster]'") from None
    try:
        environment = None if project.foreign else decisive(project.kernel_environment())
        yield ClusterExecutor(scheduler, project.root / "requirements.lock", project.limits(), environment)
    except ExecutorError as error:
        raise UsageError(str(error)) from None


def _init(arguments: argparse.Namespace) -> int:
    from exegesis.command.init import init

    written = init(arguments.folder, arguments.title, arguments.author, arguments.repository)
    print(f"A book is in {arguments.folder}: {_count(len(written), 'file')}. Build it with:\n")
    print(f"  exegesis build {shlex.quote(str(arguments.folder))}")
    return OK


def _build(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign and arguments.slug:
        raise UsageError(_FOREIGN + "it is built as a whole")
    project = replace(project, given=_given(arguments))
    _begin(project, arguments)
    from exegesis.command.build import build_book, build_chapter, summary_table

    def say(line: str) -> None:
        print(line, flush=True)

    with _executor(project, arguments.scheduler) as executor:
        if arguments.slug:
            outcome = build_chapter(project, arguments.slug, say, executor=executor)
        else:
            outcome = build_book(project, say, jobs=arguments.jobs, executor=executor)
    for fault in outcome.faults:
        print(fault, file=sys.stderr)
    for run in outcome.runs:
        if arguments.slug and run.failure and run.failure.traceback:
            print(f"\n{run.failure.traceback}", file=sys.stderr)
    if outcome.faults:
        last = "" if arguments.slug else "; the last good site is left as it was"
        print(f"\n{_count(len(outcome.faults), 'fault')}{last}", file=sys.stderr)
        return FAULTS
    if outcome.elsewhere:
        print(f"{_count(outcome.elsewhere, 'fault')} in other files; 'exegesis build' lists them")
    print(f"\n{summary_table(outcome)}\n")
    page = outcome.site / "index.html"
    if arguments.slug:
        page = outcome.site / project.layout.papers / f"{arguments.slug}.html"
    print(f"The book is built: {page}")
    return OK


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

    with _executor(project, arguments.scheduler) as executor:
        runs = execute(
            project,
            arguments.slug,
            lambda line: print(line, flush=True),
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
    from exegesis.command.doubt import doubt_chapters, verify

    if arguments.verify:
        return OK if verify(project, arguments.slug, arguments.jobs) else FAULTS
    options = {"everything": arguments.all, "as_json": arguments.json, "jobs": arguments.jobs}
    return OK if doubt_chapters(project, arguments.slug, **options) else FAULTS


def _seeds(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.doubt import try_seeds

    try_seeds(project, arguments.slug, as_json=arguments.json, jobs=arguments.jobs)
    return OK


def _serve(project: Project, arguments: argparse.Namespace) -> int:
    from exegesis.command.serve import serve

    serve(project, arguments.port)
    return OK


def _check(project: Project, arguments: argparse.Namespace) -> int:
    if project.foreign:
        raise UsageError(_FOREIGN + "it has no records that could be checked")
    if arguments.fix:
        from exegesis.catalogue.fixing import fix_bibliography

        changed = fix_bibliography(project.root, project.layout)
        for line in changed:
            print(line)
        print(f"{_count(len(changed), 'change')}\n")
    catalogue = project.catalogue()
    if _tell(project.options.faults() + catalogue.faults + project.faults_of_contents()):
        return FAULTS
    print(f"{len(catalogue.papers)} papers and {len(catalogue.summaries)} summaries, no faults")
    return OK


def _tell(faults: list[Fault]) -> bool:
    """Print faults, if there are any, by file and line; return whether there are."""
    for fault in sorted(faults):
        print(fault, file=sys.stderr)
    if faults:
        print(f"\n{_count(len(faults), 'fault')}", file=sys.stderr)
    return bool(faults)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
