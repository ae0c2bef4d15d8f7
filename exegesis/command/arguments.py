"""What can be typed: the commands, their options, and examples of both."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from exegesis import __version__
from exegesis.kernel.environment import BASELINES


class _Parser(argparse.ArgumentParser):
    """Says what was meant by a name that there is not."""

    def error(self, message: str) -> NoReturn:
        if found := re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message):
            message += _meant(found[1], re.findall(r"[\w-]+", found[2]))
        elif found := re.match(r"unrecognized arguments: .*?(--[\w-]+)", message):
            message += _meant(found[1], [name for each in self._actions for name in each.option_strings])
        super().error(message)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse all that is typed; what a command does not know is told by that command."""
        known, rest = self.parse_known_args(args, namespace)
        if rest:
            (commands,) = (each for each in self._actions if each.dest == "command")
            dict(commands.choices or ())[known.command].error(f"unrecognized arguments: {' '.join(rest)}")
        return known


def _meant(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    whole = _Parser(prog="exegesis", description="Build, serve and check a book of papers.")
    whole.add_argument("--version", action="version", version=f"exegesis {__version__}")
    whole.add_argument("--book", default=".", metavar="FOLDER", help="where _config.yml or conf.py is (default: here)")
    commands = whole.add_subparsers(required=True, dest="command", metavar="COMMAND")

    init = _command(
        commands,
        "init",
        "make a small book that builds at once",
        "exegesis init my-book",
        "exegesis init my-book --title 'Papers on Graphs' --author 'Ada Example'",
    )
    init.add_argument("folder", type=Path, metavar="FOLDER", help="where to; what is there already is left alone")
    init.add_argument("--title", default="", help="what it is called (default: as the folder)")
    init.add_argument("--author", default="", help="who writes it")
    init.add_argument("--repository", default="", type=_url, metavar="URL", help="where its sources are")

    build = _command(
        commands,
        "build",
        "run the chapters and build the site, or one chapter of it",
        "exegesis build                  # what changed, into _build/html",
        "exegesis build concrete         # one chapter, into _build/preview",
        "exegesis build ../other-book    # any Jupyter Book 1.x project",
        "exegesis build --branch theirs  # what a stranger wrote, in a sandbox, into _build/sandbox",
    )
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

    build.add_argument(
        "--baseline",
        choices=BASELINES,
        metavar="NAME",
        help=f"the instruction set that chapters keep to: {' or '.join(BASELINES)} (default: the newest that there is)",
    )
    build.add_argument(
        "--sandbox",
        action="store_true",
        help="where nothing of this machine can be reached; into _build/sandbox",
    )
    build.add_argument("--branch", metavar="REF", help="in a sandbox, with the pages and records of this branch")
    build.add_argument(
        "--without-sandbox",
        action="store_true",
        help="... or without: the chapters' code can do all that you can",
    )

    execute = _command(
        commands,
        "execute",
        "run the chapters that have no stored result; build no page",
        "exegesis execute",
        "exegesis execute concrete --compare    # in a fresh kernel too: does it give the same?",
    )
    execute.add_argument("slug", nargs="*", help="only these chapters")
    execute.add_argument("-j", "--jobs", type=_positive, help="how many chapters at a time (default: cores + 2)")
    execute.add_argument("--scheduler", metavar="ADDRESS", help="run them on this Dask cluster")
    execute.add_argument("--compare", action="store_true", help="run them in fresh kernels too: do they give the same?")

    numbers = _command(
        commands,
        "numbers",
        "run one chapter, and tell what each of its claims and cells gives; builds no page",
        "exegesis numbers concrete",
        "exegesis numbers concrete --json    # with figures, for programs",
    )
    numbers.add_argument("slug", metavar="SLUG", help="the chapter")
    numbers.add_argument("--json", action="store_true", help="print it as data")

    serve = _command(
        commands,
        "serve",
        "show the book in a browser and rebuild it as you write",
        "exegesis serve",
        "exegesis serve concrete         # one chapter alone",
        "exegesis --book ../other-book serve --port 8080",
    )
    serve.add_argument("slug", nargs="?", metavar="SLUG", help="only this chapter, the last page without a fault")
    serve.add_argument("--port", type=_positive, default=8000, help="default: 8000")

    lab = _command(
        commands,
        "lab",
        "open the book in JupyterLab: chapters are notebooks, and a claim's cell says what became of it",
        "exegesis lab",
        "exegesis lab -- --no-browser --port 8890   # options of 'jupyter lab'",
    )
    lab.add_argument("option", nargs="*", metavar="OPTION", help="of 'jupyter lab', after '--'")

    pdf = _command(
        commands,
        "pdf",
        "print the built chapters and the whole book as PDF, by an installed Chromium; the next build offers them",
        "exegesis pdf                    # each chapter and the book, into _build/pdf",
        "exegesis pdf concrete adam      # these chapters alone",
        "exegesis pdf --paper Letter",
    )
    pdf.add_argument("slug", nargs="*", metavar="SLUG", help="only these chapters, and not the book")
    pdf.add_argument("--paper", choices=("A4", "Letter"), default="A4", help="the size of a sheet (default: A4)")

    _add_doubts(commands)
    _add_reviews(commands)

    verify = _command(
        commands,
        "verify",
        "say whether a published site is what a clean build of its commit gives",
        "exegesis verify https://example.org/book/   # builds that commit, in a sandbox, and compares",
        "exegesis verify _build/html",
        "exegesis verify --files _build/html         # are the files those of its manifest? builds nothing",
    )
    verify.add_argument("site", metavar="SITE", help="its folder, or its address")
    verify.add_argument("--files", action="store_true", help="compare with the site's own manifest only; build nothing")
    verify.add_argument("-j", "--jobs", type=_positive, help="how many chapters at a time (default: cores + 2)")
    verify.add_argument(
        "--without-sandbox", action="store_true", help="build without one: the commit's code can do all that you can"
    )

    check = _command(
        commands,
        "check",
        "check records, front matters, _toc.yml and what every chapter keeps to, running nothing",
        "exegesis check",
        "exegesis check book/papers/concrete.md   # what is wrong in this file",
        "exegesis check --fix                     # write clean what can be without changing what it says",
        "exegesis check --format github           # as annotations of a pull request",
    )
    check.add_argument("file", nargs="*", metavar="FILE", help="only what is wrong in these files")
    check.add_argument(
        "--fix",
        action="store_true",
        help="write records clean, and chapters as JupyterLab saves them, without outputs and blanks at ends of lines",
    )
    check.add_argument("--format", choices=("text", "github"), default="text", help="how faults are told")

    new = _command(
        commands,
        "new",
        "begin a chapter: one that builds, with its test and its place in _toc.yml",
        "exegesis new kingma2015adam                  # of a record that the book has",
        "exegesis new --bibtex adam.bib --slug adam   # ... or that comes with it; '-' reads what is pasted",
        "exegesis new --arxiv 1412.6980               # ... or is fetched",
        "exegesis new --doi 10.1109/5.771073",
    )
    new.add_argument("key", nargs="?", metavar="KEY", help="the paper's record (default: made from what is given)")
    record = new.add_mutually_exclusive_group()
    record.add_argument("--bibtex", metavar="FILE", help="a file with the record in BibTeX; '-' for standard input")
    record.add_argument("--doi", help="fetch the record from doi.org")
    record.add_argument("--arxiv", metavar="ID", help="fetch the record from arxiv.org")
    new.add_argument("--slug", default="", help="the name of the chapter's file (default: from the title)")
    new.add_argument("--author", default="", help="who writes it (default: as git knows you)")
    return whole


def _add_doubts(commands: Any) -> None:
    doubt = _command(
        commands,
        "doubt",
        "change the chapters' code in small ways: do checks and tests notice?",
        "exegesis doubt concrete           # a sample of all changes, into book/evidence/concrete.json",
        "exegesis doubt --verify           # are the evidence files what comes out?",
        "exegesis doubt --verify --since main",
    )
    doubt.add_argument("--all", action="store_true", help="try all changes that there are, and not a sample")
    instead = doubt.add_mutually_exclusive_group()
    instead.add_argument("--verify", action="store_true", help="are the evidence files what comes out? writes nothing")
    instead.add_argument("--print", action="store_true", help="print what a file would have, seeds too; writes nothing")
    doubt.add_argument(
        "--since", default="", metavar="REF", help="only chapters with evidence that the branch has changed since then"
    )
    seeds = _command(
        commands,
        "seeds",
        "run the chapters with other seeds: do the claims hold?",
        "exegesis seeds concrete           # twenty, into book/evidence/concrete.json",
        "exegesis seeds concrete --quick   # three, while you write; nothing is written",
    )
    seeds.add_argument("--quick", action="store_true", help="the first three, and no other baseline; writes nothing")
    for command in (doubt, seeds):
        command.add_argument("slug", nargs="*", metavar="SLUG", help="only these chapters")
        command.add_argument("-j", "--jobs", type=_positive, help="how many at a time (default: cores)")
        command.add_argument("--json", action="store_true", help="print it as data, and no table")


def _add_reviews(commands: Any) -> None:
    review = _command(
        commands,
        "review",
        "run one chapter in a fresh kernel, and tell what changed since main and what of it is weaker",
        "exegesis review concrete",
        "exegesis review concrete --open             # as a page: text, numbers and figures side by side",
        "exegesis review concrete --against v1.0",
        "exegesis review concrete --doubt            # seeds and changes computed, and not read from the file",
        "exegesis review concrete --sandbox theirs   # what a stranger wrote, in a sandbox",
    )
    review.add_argument("slug", metavar="SLUG", help="the chapter")
    review.add_argument(
        "--against", default="", metavar="REF", help="the branch or commit to compare with (default: main)"
    )
    review.add_argument("--open", action="store_true", help="show it in a browser; runs the chapter as it was, too")
    review.add_argument("--html", type=Path, metavar="FILE", help="write the page; runs the chapter as it was, too")
    review.add_argument(
        "--sandbox",
        nargs="?",
        const="",
        metavar="BRANCH",
        help="run it where nothing of this machine can be reached, as it is on a branch that is not checked out",
    )
    review.add_argument("--doubt", action="store_true", help="try changes and seeds now: minutes")
    review.add_argument("-j", "--jobs", type=_positive, help="of these, how many at a time (default: cores)")
    diff = _command(
        commands,
        "diff",
        "compare the book with a branch or commit: chapters, claims, and what is weaker; runs nothing",
        "exegesis diff main",
        "exegesis diff v1.0 --run                    # and run what differs, for its numbers",
        "exegesis diff main --of a-branch            # which need not be checked out",
    )
    diff.add_argument("ref", metavar="REF", help="the branch or commit to compare with")
    diff.add_argument("--of", default="", metavar="REF", help="what to compare (default: what is in the folder)")
    numbers = diff.add_mutually_exclusive_group()
    numbers.add_argument("--run", action="store_true", help="run chapters whose code differs, as they were and are")
    numbers.add_argument(
        "--claims", nargs=2, type=Path, metavar=("OLD", "NEW"), help="claims.json of two builds, for their numbers"
    )
    diff.add_argument("--format", choices=("text", "github"), default="text", help="how it is told")
    for command in (review, diff):
        command.add_argument("--json", action="store_true", help="print it as data")


def _command(commands: Any, name: str, what: str, *examples: str) -> argparse.ArgumentParser:
    """Add a subcommand, with examples below its help."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog="\n".join(["examples:", *(f"  {example}" for example in examples)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _url(text: str) -> str:
    found = urlsplit(text)
    if text and (found.scheme not in ("http", "https") or not found.netloc or found.query or found.fragment):
        raise argparse.ArgumentTypeError(f"'{text}' is no address; give one such as https://example.org/book/")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)
