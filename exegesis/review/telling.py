"""What a review found, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exegesis.catalogue import Standing
from exegesis.catalogue.checks import shown

from .compare import Compared
from .judging import Judged
from .report import Diff, Numbers, Review, lines_of, size_of
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
    rows: list[list[str]] = []
    for each in review.claims:
        known = review.doubted(each.claim.id)
        seeds = f"{known.seeds.held}/{known.seeds.tried}" if known.seeds and known.seeds.tried else "-"
        changes = f"{known.changes.noticed}/{known.changes.tried}" if known.changes and known.changes.tried else "-"
        rows += _rows(each, seeds, changes)
    yield from _table(["claim", "evidence", "verdict", "seeds", "noticed", "paper", "computed"], rows)
    sources = {"computed": "computed now", "file": review.state.evidence_file}
    kind = "computed" if review.computed else "file" if review.evidence else ""
    missing = "missing, or out of date: --doubt computes them"
    yield f"  seeds and changes noticed: {sources.get(kind, missing)}"


def _rows(judged: Judged, *known: str) -> Iterator[list[str]]:
    """Yield what is told of a claim: its name, its verdict and what is known of it, then a line for each check."""
    evidence = judged.claim.evidence.value if judged.claim.evidence else ""
    first = [judged.claim.id, evidence, judged.standing.value, *known]
    checks = [(str(verdict.check), verdict.shown, not verdict.holds) for verdict in judged.verdicts]
    if judged.wrong and not checks:
        checks = [(judged.wrong, "", judged.standing is Standing.FAILS)]
    for place, (check, computed, fails) in enumerate(checks or [("", "", False)]):
        yield [*(first if place == 0 else [""] * len(first)), check, computed + ("  FAILS" if fails else "")]
    if judged.claim.said:
        yield [*[""] * len(first), f"said: {judged.claim.said.text}", ""]


def told_numbers(numbers: Numbers) -> str:
    """Return what a run gave: each claim, then all numbers of the cells with where the text has them."""
    return "\n".join(_numbers_of_run(numbers))


def _numbers_of_run(numbers: Numbers) -> Iterator[str]:
    yield f"{numbers.state.name}: {numbers.verdict}; it ran in {numbers.ran.seconds:.1f} s"
    if numbers.claims:
        yield ""
        rows = [row for each in numbers.claims for row in _rows(each)]
        yield from _table(["claim", "evidence", "verdict", "paper", "computed"], rows)
    rows = [
        [cell if place == 0 else "", name, _full(value), _in_text(numbers, cell, name)]
        for cell, values in numbers.ran.values.items()
        for place, (name, value) in enumerate(values.items())
    ]
    rows += [[cell, wrong, "", ""] for cell, wrong in numbers.ran.wrong.items()]
    if rows:
        yield ""
        yield from _table(["cell", "number", "computed", "in the text"], rows)


def _full(value: float) -> str:
    """Write a number with more digits than a text has."""
    return shown(value) if value == round(value, 0) else f"{value:.8g}"


def _in_text(numbers: Numbers, cell: str, name: str) -> str:
    mine = [each for each in numbers.tied if (each.written.cell, each.written.name) == (cell, name)]
    return ", ".join(f"{each.written.text} (line {each.line}{': OUT OF STEP' if each.wrong else ''})" for each in mine)


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
