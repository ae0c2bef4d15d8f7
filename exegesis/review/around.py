"""What became weaker around the claims: rules that are silenced, what cells may do, and what the evidence file has."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from exegesis.catalogue.doubted import Doubted
from exegesis.catalogue.written import ROLE
from exegesis.contract.chapter import Chapter
from exegesis.contract.code import dotted
from exegesis.contract.ignoring import ignored
from exegesis.limits import TAG

from .state import State
from .weakening import GONE, NOTHING, Kind, Weakening

#: Tags by which a cell may fail, or is not run.
_EXCUSES = {"raises-exception", "skip-execution"}
_SEEDED = {"default_rng", "RandomState", "SeedSequence", "seed"}


def silenced(before: Chapter, now: Chapter) -> Iterator[Weakening]:
    """Yield the comments that let stand what was not to be let stand."""
    known = Counter(each.code for each in ignored(before))
    for each in ignored(now):
        if known[each.code] > 0:
            known[each.code] -= 1
        else:
            yield Weakening(Kind.RULE, each.code, "ignored", now.name, each.line, reason=each.reason)


def excused(before: Chapter, now: Chapter) -> Iterator[Weakening]:
    """Yield the tags by which a cell may do what no cell with such code might."""
    known = Counter(tag for _, tag, _ in _excuses(before))
    for line, tag, code in _excuses(now):
        if known[tag] > 0:
            known[tag] -= 1
        else:
            yield Weakening(Kind.TAG, NOTHING, f"{tag} of '{code}'", now.name, line)


def _excuses(chapter: Chapter) -> Iterator[tuple[int, str, str]]:
    for cell in chapter.cells:
        for tag in map(str, cell.tags):
            if tag in _EXCUSES or tag.startswith(TAG.format("")):
                yield cell.line, tag, next(iter(cell.source.splitlines()), "")


def untied(before: Chapter, now: Chapter) -> Iterator[Weakening]:
    """Yield the numbers in the text that were held against a cell, and stand there by themselves now."""
    tied, still = (Counter(role["content"] for role in ROLE.finditer(each.text)) for each in (before, now))
    old, new = (ROLE.sub("", each.text) for each in (before, now))
    for content in tied - still:
        number = content.partition("<")[0].strip()
        alone = re.compile(rf"(?<![\w.]){re.escape(number)}(?!\.?\w)")
        if number and len(alone.findall(new)) > len(alone.findall(old)):
            line = next((n for n, line in enumerate(now.text.splitlines(), 1) if alone.search(ROLE.sub("", line))), 1)
            yield Weakening(Kind.VALUE, f"{{value}} {content}", number, now.name, line)


def less_sure(pairs: Iterable[tuple[str, str]], before: State, now: State) -> Iterator[Weakening]:
    """Yield in what the evidence files say less of claims that were tried in both states.

    Args:
        pairs: of the claims, the names that they had and have.
        before: the chapter as it was.
        now: the chapter as it is; with a file about other code nothing is told, for that is made anew.
    """
    if before.current is None:
        return
    if now.evidence is None:
        yield Weakening(Kind.RECORD, "the evidence file", GONE, now.name, 1)
        return
    if now.current is None:
        return
    for part in sorted({*before.current.parts} - {*now.current.parts}):
        yield Weakening(Kind.RECORD, f"what 'exegesis {part}' found", GONE, now.evidence_file, 1)
    for old, new in pairs:
        known, tried = before.current.claims.get(old, Doubted()), now.current.claims.get(new, Doubted())
        line = now.claims[new].line if new in now.claims else 1
        for kind, was, became in [*_fewer_seeds(known, tried), *_fewer_changes(known, tried)]:
            yield Weakening(kind, was, became, now.name, line, new)


def _fewer_seeds(was: Doubted, now: Doubted) -> Iterator[tuple[Kind, str, str]]:
    if was.seeds is None or now.seeds is None:
        return
    fewer = now.seeds.held * was.seeds.tried < was.seeds.held * now.seeds.tried or now.seeds.tried < was.seeds.tried
    if fewer and now.seeds.tried:  # else nothing is drawn any more
        yield Kind.SEEDS, f"{was.seeds.held} of {was.seeds.tried}", f"{now.seeds.held} of {now.seeds.tried}"
    for name, held in was.seeds.baselines.items():
        if held and name in now.seeds.baselines and not now.seeds.baselines[name]:
            yield Kind.SEEDS, f"holds on {name}", "does not"


def _fewer_changes(was: Doubted, now: Doubted) -> Iterator[tuple[Kind, str, str]]:
    if (
        was.changes
        and now.changes
        and was.changes.noticed * now.changes.tried > now.changes.noticed * was.changes.tried
    ):
        old, new = was.changes, now.changes
        yield Kind.CHANGES, f"{old.noticed} of {old.tried}", f"{new.noticed} of {new.tried}"


def seeds(chapter: Chapter) -> list[str]:
    """Return the calls that give a generator its seed, in their order."""
    calls = [call for cell in chapter.cells for call in cell.calls]
    seeded = [call for call in calls if dotted(call.func).rpartition(".")[2] in _SEEDED or _is_given_a_seed(call)]
    return [ast.unparse(call) for call in seeded]


def _is_given_a_seed(call: ast.Call) -> bool:
    return any(word.arg in ("random_state", "seed") and isinstance(word.value, ast.Constant) for word in call.keywords)
