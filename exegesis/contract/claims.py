"""Claims: three at least are proved, each by one cell; none is proved by a number that was typed in."""

from __future__ import annotations

from collections.abc import Iterator

from exegesis.catalogue import CheckError, Declared, Evidence
from exegesis.catalogue.claims import read_claim
from exegesis.catalogue.literals import typed_in
from exegesis.catalogue.written import ROLE, read_written
from exegesis.exercise import is_of_exercise

from .chapter import Cell, Chapter
from .code import in_cell
from .rule import Book, Found, rule

PROVED = 3
_PROOFS = (Evidence.RECOMPUTED, Evidence.DEMONSTRATED)
_CELL = in_cell("sum(range(10))", ":claim: total\n\n")
_CLAIM = "```{claim} total\n:evidence: recomputed\n:source: Sec. 1\n:check: = 45\nThe numbers add up to 45.\n```\n"


def _declared(chapter: Chapter) -> list[Declared]:
    """Return the claims that a chapter states, in their order, those with a fault too."""
    found: list[Declared] = []
    for each in chapter.directives:
        if each.name == "claim":
            try:
                lines, others = each.content.splitlines(), [claim.id for claim in found]
                found.append(read_claim(each.argument, lines, each.line, others))
            except CheckError as error:
                found.append(Declared(each.argument, each.line, wrong=str(error)))
    return found


@rule(
    "claim-count",
    "{0} of the chapter's claims are proved",
    f"let cells prove {PROVED} at least; what is derived or quoted is not proved",
    bad=_CELL + "\n" + _CLAIM,
    good="\n".join((_CELL + "\n" + _CLAIM).replace(" total", f" total-{n}") for n in range(PROVED)),
)
def claim_count(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A chapter that only repeats a paper adds nothing to it."""
    proved = [claim for claim in _declared(chapter) if claim.evidence in _PROOFS]
    if len(proved) < PROVED:
        yield Found(max(chapter.front_end, 1) if not chapter.is_notebook else 0, 0, (len(proved) or "none",))


@rule(
    "claim",
    "{0}",
    "{1}",
    bad=_CELL + "\n" + _CLAIM.replace(":check: = 45\n", ""),
    good=_CELL + "\n" + _CLAIM,
    is_told=True,
)
def claim(chapter: Chapter, book: Book) -> Iterator[Found]:
    """What a claim says, and what was computed for it, is read by a program."""
    stated = _declared(chapter)
    for each in stated:
        if wrong := each.wrong or _wrong_cells(each, chapter):
            what, _, mend = wrong.partition("; ")
            yield Found(each.line, 1, (f"claim '{each.id}': {what}", mend or "correct it"))
    names = {each.id for each in stated}
    for cell in chapter.cells:
        if (name := cell.options.get("claim")) and name not in names:
            yield Found(cell.line, 0, (f"the cell's claim '{name}' is stated nowhere", f"add '{{claim}} {name}'"))


def _wrong_cells(claim: Declared, chapter: Chapter) -> str:
    """Return what is wrong with the cells of a claim, and how to mend it."""
    cells = [cell for cell in chapter.cells if cell.options.get("claim") == claim.id]
    if claim.evidence is Evidence.QUOTED:
        return "a quoted claim has no cell; take ':claim:' off the cell, or compute the claim" if cells else ""
    if len(cells) != 1:
        found = f"{len(cells)} cells bear its name" if cells else "no cell bears its name"
        return f"{found}; write ':claim: {claim.id}' on the one cell that proves it"
    typed = _typed_in(cells[0], chapter, arithmetic=claim.evidence is Evidence.DERIVED)
    return f"{', '.join(typed)} is typed in, not computed; let the cell compute it" if typed else ""


def _typed_in(cell: Cell, chapter: Chapter, *, arithmetic: bool) -> list[str]:
    before = [each.source for each in chapter.cells[: chapter.cells.index(cell)] if not is_of_exercise(each.options)]
    return typed_in(cell.source, before, arithmetic) if cell.tree else []


@rule(
    "claim-matters",
    "the claim '{0}' says what does not come out, and not why that matters",
    "add ':matters:' and a sentence, which the page of corrections shows too",
    bad=_CELL + "\n" + _CLAIM.replace("= 45\n", "= 45\n:said: 44 (Sec. 1)\n"),
    good=_CELL + "\n" + _CLAIM.replace("= 45\n", "= 45\n:said: 44 (Sec. 1)\n:matters: one is forgotten\n"),
)
def claim_matters(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A mistake that is told without its weight makes a paper seem worse than it is, or better."""
    for each in _declared(chapter):
        if (each.said or each.limits) and not each.matters:
            yield Found(each.line, 1, (each.id,))


@rule(
    "value",
    "{0}",
    "{1}",
    bad="# A Paper\n\nThe sum is {value}`45 <sum>`.\n\n" + _CELL,
    good="# A Paper\n\nThe sum is {value}`45 <total>`.\n\n" + _CELL,
    is_told=True,
)
def value(chapter: Chapter, book: Book) -> Iterator[Found]:
    """A number in the text that a cell computes is held against it, so that neither changes without the other."""
    named = {str(cell.options[name]) for cell in chapter.cells for name in ("claim", "values") if name in cell.options}
    for line, text in _lines(chapter):
        for role in ROLE.finditer(text):
            try:
                written = read_written(role["content"])
            except CheckError as error:
                what, _, mend = str(error).partition("; ")
                yield Found(line, 0, (what, mend or "correct it"))
                continue
            if written.cell not in named:
                what = f"no cell has the claim or the values '{written.cell}'"
                yield Found(line, 0, (what, f"write ':values: {written.cell}' on the cell that computes it"))


def _lines(chapter: Chapter) -> Iterator[tuple[int, str]]:
    """Yield the text of what may have such numbers, with its line."""
    for link in chapter.links:
        if link.kind == "value":
            yield link.line, f"{{value}}`{link.target}`"
        elif link.kind == "image":
            yield link.line, link.text
    for cell in chapter.cells:
        yield cell.options_line, str(cell.options.get("mystnb", ""))
