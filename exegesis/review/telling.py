"""What a review found, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exegesis.catalogue import Standing

from .compare import Compared
from .report import Diff, Review, lines_of, size_of
from .weakening import Weakening

_SLOW, _MANY = 3, 12  # cells, and numbers, that are told of at most


def told(review: Review) -> str:
    """Return a review, a screen or two; what has to be mended is told beside it, as faults are."""
    return "\n".join(_review(review))


def told_of_book(diff: Diff) -> str:
    """Return what became of a book."""
    return "\n".join(_diff(diff))


def _review(review: Review) -> Iterator[str]:
    ran, state = review.ran, review.state
    most = max((each.memory for each in ran.costs), default=0.0)
    yield f"{state.name}: {review.verdict}"
    yield f"  ran alone in a fresh kernel: {ran.seconds:.1f} s, {most:.0f} MB"
    for cost in sorted(ran.costs, key=lambda each: -each.seconds)[:_SLOW]:
        yield f"    line {cost.line}: {cost.seconds:.2f} s, {cost.memory:.0f} MB"
    size = size_of(state)
    yield (
        f"  {size['words']:,} words, {size['cells']} cells with {size['code']} lines, {size['figures']} figures, "
        f"{size['citations']} works cited"
    )
    yield ""
    yield from _claims(review)
    yield ""
    yield from _since(review.compared, review.against, review.commit)
    if review.before:
        yield from _numbers([str(each) for each in review.numbers], "computed by running both")
        pictures = {each.name: each.data for each in review.before.pictures}
        changed = [each.name for each in ran.pictures if pictures.get(each.name) != each.data]
        yield f"  figures that changed: {', '.join(changed) or 'none'}"
    else:
        yield "  numbers and figures of the other state: not computed; --open or --html runs it too"


def _claims(review: Review) -> Iterator[str]:
    rows = []
    for each in review.claims:
        known = review.doubted(each.claim.id)
        seeds = f"{known.seeds.held}/{known.seeds.tried}" if known.seeds and known.seeds.tried else "-"
        changes = f"{known.changes.noticed}/{known.changes.tried}" if known.changes and known.changes.tried else "-"
        evidence = each.claim.evidence.value if each.claim.evidence else ""
        first = [each.claim.id, evidence, each.standing.value, seeds, changes]
        checks = [(str(verdict.check), verdict.shown, not verdict.holds) for verdict in each.verdicts]
        if each.wrong and not checks:
            checks = [(each.wrong, "", each.standing is Standing.FAILS)]
        for place, (check, computed, fails) in enumerate(checks or [("", "", False)]):
            rows.append([*(first if place == 0 else [""] * 5), check, computed + ("  FAILS" if fails else "")])
        if each.claim.said:
            rows.append([*[""] * 5, f"said: {each.claim.said.text}", ""])
    yield from _table(["claim", "evidence", "verdict", "seeds", "noticed", "paper", "computed"], rows)
    sources = {"computed": "computed now", "file": review.state.evidence_file}
    kind = "computed" if review.computed else "file" if review.evidence else ""
    missing = "missing, or out of date: --doubt computes them"
    yield f"  seeds and changes noticed: {sources.get(kind, missing)}"


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _since(compared: Compared, against: str, commit: str) -> Iterator[str]:
    more, fewer = lines_of(compared)
    yield f"since {against} ({commit[:9]}): {compared.status}, {more} lines new, {fewer} gone"
    if compared.before and compared.now and compared.before.name != compared.now.name:
        yield f"  it was {compared.before.name}"
    match = compared.match
    for what, names in (
        ("gained", [claim.id for claim in match.gained] if compared.before else []),
        ("lost", [claim.id for claim in match.lost]),
        ("renamed", [f"{was} -> {now}" for was, now in match.renamed]),
    ):
        if names:
            yield f"  claims {what}: {', '.join(names)}"
    yield from _weakenings(compared.weakenings)
    yield from (f"  note: {note}" for note in compared.notes)


def _weakenings(weakenings: Iterable[Weakening]) -> Iterator[str]:
    for each in weakenings:
        stands = f"acknowledged, {each.reason}" if each.reason else "NOT ACKNOWLEDGED"
        yield f"  weakened: {each.file}:{each.line}: {each.subject} ({stands})"


def _numbers(numbers: list[str], how: str) -> Iterator[str]:
    yield f"  numbers that changed ({how}): {len(numbers) or 'none'}"
    yield from (f"    {each}" for each in numbers[:_MANY])
    if len(numbers) > _MANY:
        yield f"    and {len(numbers) - _MANY} more; --json has them all"


def _diff(diff: Diff) -> Iterator[str]:
    changed = diff.changed
    for each in changed.chapters:
        yield f"{each.slug}"
        yield from (f"  {line}" for line in _since(each, diff.against, diff.commit))
        if each.slug in diff.numbers:
            yield from (f"  {line}" for line in _numbers([str(n) for n in diff.numbers[each.slug]], diff.source))
        yield ""
    if changed.weakenings or changed.notes:
        yield "the book"
        yield from _weakenings(changed.weakenings)
        yield from (f"  note: {note}" for note in changed.notes)
        yield ""
    counts = [f"{len(changed.chapters)} of {len(changed.chapters) + changed.same} chapters differ"]
    weaker = diff.weakenings
    open_ones = sum(each.reason is None for each in weaker)
    stands = f"{len(weaker)} weakening{'' if len(weaker) == 1 else 's'}, {open_ones} not acknowledged"
    counts.append(stands if weaker else "nothing is weakened")
    yield f"{', '.join(counts)}"
    if diff.source == "texts":
        yield "texts were compared, and no numbers: --run computes them, --claims reads them from two builds"
