"""The comment on a pull request: what its branch changes, and where to look at it.

``python -m exegesis.command.pull_request report`` runs in the branch, with whatever code the branch has, and leaves
data. ``... comment`` runs in main, with main's code, and makes a text of that data: it believes no more of it than
that it has the form of a report, and shows words of the branch as code alone, in which nothing is a link or a name.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from exegesis.command.changed import changed_chapters
from exegesis.command.project import Project, UsageError
from exegesis.execution import Store
from exegesis.paths import store_path
from exegesis.schema import Validator

#: By which the comment is known when it is to be written anew.
MARK = "<!-- exegesis: pull request -->"
REPORT, DIFF = "pull-request.json", "diff.json"
_LONGEST = 200  # letters of the branch's own words
_LARGEST = 2_000_000  # bytes of a file that is read


def report(project: Project, since: str, site: Path, seconds: float) -> dict[str, Any]:
    """Return what a branch changes, as ``schemas/pull-request.schema.json`` has it.

    Args:
        project: the book, as the branch has it.
        since: the commit that the branch is to be merged into.
        site: the book as it was built; it need not be there.
        seconds: that the build took.

    Raises:
        UsageError: git does not know the commit.
    """
    claims = _claims(site)
    ran = {path.stem: took for path, took in Store(store_path(project.root), project.root).last_seconds().items()}
    built = [path for path in site.rglob("*") if path.is_file()]
    return {
        "chapters": [
            {
                "slug": slug,
                "status": status,
                "seconds": round(ran[slug], 1) if slug in ran and status != "gone" else None,
                "claims": dict(Counter(claim["verdict"] for claim in claims.get(slug, ()))),
                "seeds": _share(claims.get(slug, ()), "seeds", "held"),
                "changes": _share(claims.get(slug, ()), "changes", "checks", "elsewhere", "oracle"),
            }
            for slug, status in sorted(changed_chapters(project, since).items())
        ],
        "site": {"files": len(built), "bytes": sum(path.stat().st_size for path in built)} if claims else None,
        "seconds": round(seconds, 1),
    }


def _claims(site: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the claims of the built book, by slug; none where there is no site."""
    found: dict[str, list[dict[str, Any]]] = {}
    if (site / "claims.json").is_file():
        for claim in json.loads((site / "claims.json").read_text("utf-8"))["claims"]:
            found.setdefault(str(claim["summary"]), []).append(claim)
    return found


def _share(claims: Sequence[Mapping[str, Any]], part: str, *well: str) -> dict[str, int]:
    known = [claim["doubted"][part] for claim in claims if claim.get("doubted") and claim["doubted"][part]]
    return {
        "tried": sum(each["tried"] for each in known),
        "well": sum(each.get(name, 0) for each in known for name in well),
    }


def comment(folder: Path, run: str, preview: str = "") -> str:
    """Return the text of the comment, in Markdown, made of what a branch left.

    Args:
        folder: with the report, and with what 'exegesis diff --json' told if that was asked.
        run: the address of the run that left them.
        preview: the address of the built pages.

    Raises:
        UsageError: they have not the form of a report.
    """
    told = _read(folder / REPORT, _schema())
    lines = [MARK, "### The book with this branch", ""]
    if told["site"]:
        lines.append(f"[The pages]({preview or run}) (a download: open `index.html` in it), made by [this run]({run}).")
    else:
        lines.append(f"The book was not built; [the run]({run}) says why, and the lines of the change what to mend.")
    lines += ["", *_table(told["chapters"])]
    if (folder / DIFF).is_file():
        lines += _differences(_read(folder / DIFF, _schema("diff")))
    if told["site"]:
        size, number = told["site"]["bytes"] / 1e6, told["site"]["files"]
        lines += [f"{size:,.1f} MB in {number:,} files, built in {told['seconds']:,.0f} s."]
    return "\n".join(lines).rstrip() + "\n"


def _table(chapters: Sequence[Mapping[str, Any]]) -> list[str]:
    if not chapters:
        return ["No chapter is changed.", ""]
    rows = [
        (
            f"`{each['slug']}`",
            each["status"],
            _seconds(each["seconds"]),
            _claims_in_words(each["claims"]),
            _part(each["seeds"]),
            _part(each["changes"]),
        )
        for each in chapters
    ]
    head = "| chapter | | runs | claims | held on other seeds | changes noticed |"
    return [head, "|---|---|---:|---|---:|---:|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _part(share: Mapping[str, int]) -> str:
    return f"{share['well']} of {share['tried']}" if share["tried"] else "not tried"


def _claims_in_words(claims: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {verdict}" for verdict, number in sorted(claims.items()) if number) or "none"


def _differences(diff: Mapping[str, Any]) -> list[str]:
    lines = []
    for each in diff["chapters"]:
        for what in ("gained", "lost"):
            if each[what]:
                names = ", ".join(f"`{name}`" for name in each[what])
                lines.append(f"- `{each['chapter']}`: {what} the claims {names}")
        lines += [f"- `{each['chapter']}`: {_weaker(weakening)}" for weakening in each["weakenings"]]
    lines += [f"- the book: {_weaker(weakening)}" for weakening in diff["weakenings"]]
    return [*lines, ""] if lines else ["No claim is gained, lost or weaker.", ""]


def _weaker(told: Mapping[str, Any]) -> str:
    of = f" of `{told['claim']}`" if told["claim"] else ""
    was = f": {_code(told['was'])} became {_code(told['now'])}" if told["was"] or told["now"] else ""
    why = f", acknowledged: {_code(told['acknowledged'])}" if told["acknowledged"] else ", **not acknowledged**"
    return f"**weaker**, {_code(told['kind'])}{of}{was}{why}"


def _code(words: str | None) -> str:
    """Return the branch's own words as code, whatever they are."""
    text = re.sub(r"[\s`|]+", " ", "".join(each if each.isprintable() else " " for each in words or "")).strip()
    return f"`{text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}`" if text else "nothing"


def _read(path: Path, schema: Any) -> Any:
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _LARGEST:
        raise UsageError(f"{path.name} is missing, or too large to be a report")
    try:
        told = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path.name} is no JSON") from None
    if wrong := next(schema.iter_errors(told), None):
        raise UsageError(f"{path.name} has not the form of a report, at {wrong.json_path[:_LONGEST]}")
    return told


@functools.cache
def _schema(part: str = "") -> Any:
    whole = json.loads(files("exegesis").joinpath("schemas", "pull-request.schema.json").read_text("utf-8"))
    told = {"$defs": whole["$defs"], "$ref": f"#/$defs/{part}"} if part else whole
    return Validator(told)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a report, or a comment, to standard output; return 2 if it can't be."""
    parser = argparse.ArgumentParser(prog="exegesis.command.pull_request", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    left = commands.add_parser("report", help="in the branch: what it changes, as JSON")
    left.add_argument("--since", required=True, metavar="COMMIT")
    left.add_argument("--site", type=Path, default=Path("_build/html"))
    left.add_argument("--seconds", type=float, default=0.0)
    text = commands.add_parser("comment", help="in main: the comment, in Markdown")
    text.add_argument("folder", type=Path)
    text.add_argument("--run", required=True, metavar="URL")
    text.add_argument("--preview", default="", metavar="URL")
    given = parser.parse_args(argv)
    try:
        if given.command == "report":
            print(json.dumps(report(Project.open(Path()), given.since, given.site, given.seconds), indent=1))
        else:
            print(comment(given.folder, given.run, given.preview), end="")
    except UsageError as error:
        print(f"exegesis: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
