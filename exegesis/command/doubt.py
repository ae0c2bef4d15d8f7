"""``exegesis doubt`` and ``exegesis seeds``: ask the chapters, write down what came out, and print it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from exegesis.catalogue import CheckError
from exegesis.catalogue.evidence import evidence_path, extract, merged, read_evidence, written
from exegesis.command.project import Project, UsageError
from exegesis.command.sandboxed import Copy, why
from exegesis.doubt.book import Book, DoubtError
from exegesis.doubt.doubting import Doubt, Trial, doubt
from exegesis.doubt.seeds import Seeds, seeds
from exegesis.doubt.subject import Chapter, read_chapter
from exegesis.kernel.client import CAN_FORK
from exegesis.text import UnreadableError

_PAUSE = 30  # seconds between two lines on how far it has come
_COLUMNS = ("tried", "checks", "elsewhere", "oracle", "exceptions", "unnoticed", "accepted")


def doubt_chapters(
    project: Project, slugs: Sequence[str], *, everything: bool, as_json: bool, jobs: int | None
) -> bool:
    """Try changes to these chapters, or to all, and write what came out; return whether each claim noticed one."""
    told, sound = [], True
    for chapter in _chapters(project, slugs):
        found = _ask(chapter, lambda tell: doubt(_book(project, jobs), chapter, tell, everything))  # noqa: B023
        evidence = found.evidence()
        _write(project, "doubt", evidence)
        told.append(evidence)
        if not as_json:
            print(_table(project, found, evidence), flush=True)
        sound &= all(claim["changes"]["checks"] for claim in evidence["claims"].values() if claim["changes"]["tried"])
    if as_json:
        print(json.dumps(told, indent=1, sort_keys=True))
    return sound


def try_seeds(project: Project, slugs: Sequence[str], *, quickly: bool, as_json: bool, jobs: int | None) -> None:
    """Run these chapters, or all, with other seeds and on other baselines; write what came out, but of a quick try."""
    told = []
    for chapter in _chapters(project, slugs):
        found = _ask(chapter, lambda tell: seeds(_book(project, jobs), chapter, tell, quickly=quickly))  # noqa: B023
        evidence = found.evidence()
        if not quickly:
            _write(project, "seeds", evidence)
        told.append(evidence)
        if not as_json:
            print(_table_of_seeds(found, evidence), flush=True)
    if as_json:
        print(json.dumps(told, indent=1, sort_keys=True))


def computed(project: Project, slug: str, jobs: int | None, everything: bool = False) -> dict[str, Any]:
    """Return what the evidence file of a chapter would have, computed anew; write nothing.

    All changes are tried where the file has all or ``everything`` is asked for, and else a sample.
    """
    (chapter,) = _chapters(project, [slug])
    book = _book(project, jobs)
    there = extract(read_evidence(evidence_path(project.root, project.layout.papers, slug)), "doubt")
    everything |= there.get("code") == chapter.digest and not there["doubt"].get("sampled", True)
    found = _ask(chapter, lambda tell: doubt(book, chapter, tell, everything).evidence())
    return merged(found, "seeds", _ask(chapter, lambda tell: seeds(book, chapter, tell).evidence()))


def print_evidence(project: Project, slugs: Sequence[str], *, everything: bool, jobs: int | None) -> None:
    """Print by slug what the evidence files of these chapters, or of all, would have; write nothing."""
    asked = [chapter.slug for chapter in _chapters(project, slugs)]
    found = {slug: computed(project, slug, jobs, everything) for slug in asked}
    print(json.dumps(found, indent=1, sort_keys=True))


def computed_apart(copy: Copy, slug: str, jobs: int | None) -> Any:
    """Return what `computed` does for a chapter of a copy of the book, as its sandbox says: it may be anything.

    Raises:
        UsageError: nothing of the kind came out.
    """
    printed: list[str] = []
    told: list[str] = []
    ended = copy.run(["doubt", slug, "--print", *(["--jobs", str(jobs)] if jobs else [])], printed.append, told.append)
    try:
        return json.loads("".join(printed))[slug]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        what = why(ended) or (told[-1] if told else str(error))
        raise UsageError(f"nothing came out of the sandbox of changes and seeds to {slug}: {what}") from None


def verify(project: Project, slugs: Sequence[str], jobs: int | None) -> bool:
    """Say whether the evidence files of these chapters, or of all, are what comes out; write nothing."""
    same = True
    for chapter in _chapters(project, slugs):
        path = evidence_path(project.root, project.layout.papers, chapter.slug)
        file = path.relative_to(project.root).as_posix()
        there = read_evidence(path)
        book = _book(project, jobs)
        differing = []
        for part in ("doubt", "seeds"):
            if there.get("code") != chapter.digest or not (said := extract(there, part)):
                differing.append(f"it has nothing of 'exegesis {part}' on this code")
            elif part == "doubt":
                everything = not said["doubt"].get("sampled", True)
                found = _ask(chapter, lambda tell: doubt(book, chapter, tell, everything).evidence())  # noqa: B023
                differing += _differences(said, found)
            else:
                differing += _differences(said, _ask(chapter, lambda tell: seeds(book, chapter, tell).evidence()))  # noqa: B023
        for what in differing:
            print(f"{file}: {what}", file=sys.stderr)
        if not differing:
            print(f"{file} is what comes out")
        same &= not differing
    return same


def with_evidence(project: Project, slugs: Sequence[str]) -> list[str]:
    """Return those of these chapters that have a file of evidence."""
    return [slug for slug in slugs if evidence_path(project.root, project.layout.papers, slug).is_file()]


def _chapters(project: Project, slugs: Sequence[str]) -> Iterator[Chapter]:
    known = project.chapters(slugs)
    for slug in slugs or known:
        try:
            chapter = read_chapter(known[slug])
        except UnreadableError as error:
            raise UsageError(f"{slug}: {error}") from None
        except CheckError as error:
            raise UsageError(f"{slug}: {error}; 'exegesis build {slug}' says where") from None
        if chapter.claims or slugs:
            yield chapter


def _book(project: Project, jobs: int | None) -> Book:
    if not CAN_FORK:
        raise UsageError("doubting a chapter takes a system that can fork, such as Linux")
    own = {"at_once": jobs} if jobs else {}
    return Book(project.root, project.kernel_environment(), project.limits().memory, **own)


class _Progress:
    """Says how far it has come: in one line that is written anew, or where none can be by a line now and then."""

    def __init__(self, slug: str) -> None:
        self._slug = slug
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K  {what}: {done} of {of}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._last >= _PAUSE:
            self._last = time.monotonic()
            print(f"  {self._slug}, {what}: {done} of {of}", file=sys.stderr, flush=True)


def _ask(chapter: Chapter, ask: Callable[[_Progress], Any]) -> Any:
    try:
        return ask(_Progress(chapter.slug))
    except DoubtError as error:
        raise UsageError(f"{chapter.slug} can't be doubted: {error}") from None
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _write(project: Project, part: str, evidence: dict[str, Any]) -> None:
    path = evidence_path(project.root, project.layout.papers, evidence["chapter"])
    path.parent.mkdir(exist_ok=True)
    text = written(merged(read_evidence(path), part, evidence))
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _table(project: Project, found: Doubt, evidence: dict[str, Any]) -> str:
    """Return what came out, for the terminal: survivors first, then the counts."""
    lines = [_line(project, found.chapter, trial) for trial in found.survivors if not found.accepted(trial)]
    accepted = [trial for trial in found.survivors if found.accepted(trial)]
    rows = [
        (name, claim["changes"] | {"accepted": sum(name in trial.unnoticed for trial in accepted)})
        for name, claim in evidence["claims"].items()
    ]
    wiring = {"accepted": sum(trial.change.wiring for trial in accepted)}
    rows.append(("wiring, by any", evidence["doubt"]["wiring"] | wiring))
    width = max(len(name) for name, _ in rows)
    lines += ["", f"{found.chapter.slug}: {len(found.trials)} of {found.possible} changes tried", ""]
    lines.append(f"  {'claim':<{width}}  " + "  ".join(_COLUMNS))
    for name, counts in rows:
        cells = "  ".join(f"{counts.get(column, '-'):>{len(column)}}" for column in _COLUMNS)
        blind = "  no check of it notices any" if counts["tried"] and not counts["checks"] else ""
        lines.append(f"  {name:<{width}}  {cells}{blind}")
    functions = evidence["functions"]
    tried, noticed = (sum(each[key] for each in functions.values()) for key in ("tried", "noticed"))
    lines += ["", f"  oracle tests: {noticed} of {tried} changes to {len(functions)} functions noticed"]
    if blind_to := [name for name, each in functions.items() if each["tried"] and not each["noticed"]]:
        lines.append(f"  no oracle test notices a change to: {', '.join(blind_to)}")
    return "\n".join(lines)


def _line(project: Project, chapter: Chapter, trial: Trial) -> str:
    change = trial.change
    line = chapter.cells[change.cell].line + change.line - 1
    what = f"{change.kind}: {change.old} -> {change.new}" if change.kind != "statement" else f"left out: {change.old}"
    where = chapter.path.relative_to(project.root).as_posix()
    return f"{where}:{line}: [{', '.join(trial.claims) or change.function}] {what}"


def _table_of_seeds(found: Seeds, evidence: dict[str, Any]) -> str:
    claims = evidence["claims"]
    width = max(map(len, claims), default=0)
    lines = [f"{found.chapter.slug}:"]
    if not found.random:
        lines.append("  it has no seeds: it gives the same each time")
    for name, claim in claims.items():
        held = f"held on {claim['seeds']['held']} of {claim['seeds']['tried']} seeds" if found.random else ""
        lost = [f"not on {baseline}" for baseline, held in claim["seeds"]["baselines"].items() if not held]
        lines.append(f"  {name:<{width}}  {', '.join(filter(None, [held, *lost])) or 'holds'}")
        for number, spread in claim.get("numbers", {}).items():
            if spread["lowest"] != spread["highest"]:
                told = f"{spread['lowest']:g} to {spread['highest']:g}, median {spread['median']:g}"
                lines.append(f"    {number or 'the number'}: {told}")
    if baselines := sorted(found.by_baseline):
        lines.append(f"  tried on {', '.join(baselines)} too")
    return "\n".join(lines)


def _differences(said: Any, found: Any, where: str = "") -> list[str]:
    """Return where two parts of a file differ."""
    if isinstance(said, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted({*said, *found})
            for line in _differences(said.get(key), found.get(key), f"{where}.{key}" if where else key)
        ]
    if said == found:
        return []
    if isinstance(said, list) and isinstance(found, list):
        gone = [each for each in said if each not in found]
        new = [each for each in found if each not in said]
        return [f"{where}: it has {each}, which does not come out" for each in gone] + [
            f"{where}: it lacks {each}" for each in new
        ]
    return [f"{where}: it says {said}, what comes out is {found}"]
