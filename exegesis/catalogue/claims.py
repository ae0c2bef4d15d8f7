"""A claim as it is written: the options of its directive, read from a chapter's text without building it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin

from exegesis.fault import closest

from .checks import Check, CheckError, Said, parse_check, parse_checks, parse_said
from .frontmatter import split_front_matter
from .model import SLUG, Accepted, Evidence, Limits

#: Each option of a claim, and what stands there.
OPTIONS = {
    "accepts": "changes to the code that no check need notice: a piece of the statement in backticks, `:`, the reason",
    "check": "what is asserted of the cell's numbers, a check a line; of a quoted claim nothing",
    "evidence": f"one of {', '.join(kind.value for kind in Evidence)}; needed",
    "limits": "what does not come out: lines `not <check>`, one at least, and lines of words",
    "matters": "why it matters that what is said, or part of the claim, does not come out: a sentence",
    "said": "a number, or a check, that is said elsewhere and does not come out; where, in brackets behind it",
    "source": "where the paper states it; needed",
    "why": "the reason for a tolerance that is wider than the digits, or what a quoted claim would take",
}
#: Directives whose content is no Markdown.
VERBATIM = {
    *("code-cell", "code", "code-block", "sourcecode", "highlight", "literalinclude", "parsed-literal", "prompt"),
    *("math", "raw", "eval-rst", "mermaid", "graphviz", "bibliography", "raw-cell"),
}
_OPTION = re.compile(r"^:(\w+):\s*(.*)$")
_DIRECTIVE = re.compile(r"^\{([\w:.-]+)\}\s*(.*)$")
_ACCEPTED = re.compile(r"^`(?P<code>[^`]+)`\s*:\s*(?P<reason>.*)$")
_MARKDOWN = MarkdownIt("commonmark").use(colon_fence_plugin)


@dataclass(frozen=True)
class Declared:
    """What a claim's directive says; what depends on its cell is not known yet."""

    id: str
    line: int  # of the directive, from 1; in an .ipynb the number of its cell
    evidence: Evidence | None = None  # None where it can't be read
    source: str = ""
    why: str = ""
    matters: str = ""
    checks: tuple[Check, ...] = ()
    limits: Limits | None = None
    said: Said | None = None
    accepts: tuple[Accepted, ...] = ()
    text: str = ""  # Markdown
    wrong: str = field(default="", compare=False)  # the first thing that can't be read, and how to mend it

    @property
    def asserted(self) -> tuple[Check, ...]:
        """All that is asserted of the cell's numbers: the checks, then what does not reproduce."""
        return self.checks + (self.limits.checks if self.limits else ())

    def accepted(self, statement: str) -> str | None:
        """Return why a change in a statement need not be noticed, if the claim says so."""
        return next((each.reason for each in self.accepts if each.covers(statement)), None)


def declared(text: str, ipynb: bool = False) -> list[Declared]:
    """Read the claims that a page states, in their order.

    Args:
        text: of the page's file.
        ipynb: whether that is a notebook's.

    Returns:
        Every claim, those with a fault too: `Declared.wrong` tells it.
    """
    if "{claim}" not in text:
        return []
    found: list[Declared] = []
    for first, part in _notebook_cells(text) if ipynb else [(1, _without_front_matter(text))]:
        for line, name, lines in _directives(part):
            try:
                found.append(read_claim(name, lines, first if ipynb else line, [claim.id for claim in found]))
            except CheckError as error:
                found.append(Declared(name, first if ipynb else line, wrong=str(error)))
    return found


def read_claim(name: str, lines: Sequence[str], line: int, others: Sequence[str] = ()) -> Declared:
    """Read one claim.

    Args:
        name: what follows ``{claim}``.
        lines: the directive's content.
        line: where it stands.
        others: the names of the page's claims before it.

    Raises:
        CheckError: something can't be read, or is missing.
    """
    options, text = read_named(name, lines, list(OPTIONS), others, "claim")
    if missing := [each for each in ("evidence", "source") if not options.get(each)]:
        raise CheckError(f"'{missing[0]}' is missing; add ':{missing[0]}:'")
    if not text:
        raise CheckError("it says nothing; write the paper's statement below the options")
    try:
        evidence = Evidence(options["evidence"])
    except ValueError:
        known = ", ".join(e.value for e in Evidence)
        raise CheckError(f"'{options['evidence']}' is no evidence; choose {known}") from None
    claim = Declared(name, line, evidence, options["source"], options.get("why", ""), text=text)
    return _quoted(claim, options) if evidence is Evidence.QUOTED else _checked(claim, options)


def read_named(
    name: str, lines: Sequence[str], known: Sequence[str], others: Sequence[str], noun: str
) -> tuple[dict[str, str], str]:
    """Return the options and the text of a directive that has a name of its own on its page.

    Args:
        name: what follows the directive's.
        lines: its content.
        known: the options that there are.
        others: the names of the page's others before it.
        noun: what it is.

    Raises:
        CheckError: the name is no slug, or taken; or there is no such option.
    """
    options, body, _ = split_options(lines)
    if not SLUG.fullmatch(name):
        raise CheckError("the name is no slug; use a-z, 0-9 and - only")
    if name in others:
        raise CheckError(f"there is one of this name before; give each {noun} its own")
    if unknown := sorted(set(options) - set(known)):
        raise CheckError(f"unknown option '{unknown[0]}'; {closest(unknown[0], known)}")
    return options, "\n".join(body).strip()


def _quoted(claim: Declared, options: dict[str, str]) -> Declared:
    if unfit := [name for name in ("check", "said", "limits", "matters", "accepts") if name in options]:
        raise CheckError(f"a quoted claim has no '{unfit[0]}'; take it out, or compute the number")
    if not claim.why:
        raise CheckError("a quoted claim says why it can't be run; add ':why:'")
    return claim


def _checked(claim: Declared, options: dict[str, str]) -> Declared:
    checks = parse_checks(options.get("check", ""))
    for check in checks:
        if check.denied:
            raise CheckError(f"'{check}' says what does not hold; move it to ':limits:'")
        if check.widened and not claim.why:
            raise CheckError(f"'{check}' is wider than what its digits print; say why with ':why:'")
    matters = options.get("matters", "")
    if matters and not {"said", "limits"} & options.keys():
        raise CheckError("'matters' says why a mistake matters, and there is none; add ':said:' or ':limits:'")
    return Declared(
        claim.id,
        claim.line,
        claim.evidence,
        claim.source,
        claim.why,
        matters,
        checks=tuple(checks),
        limits=_limits(options["limits"]) if "limits" in options else None,
        said=parse_said(options["said"], checks) if "said" in options else None,
        accepts=_accepts(options["accepts"]) if "accepts" in options else (),
        text=claim.text,
    )


def _limits(text: str) -> Limits:
    """Read ``:limits:``: lines ``not <check>``, and words for what does not reproduce."""
    checks, words = [], []
    for line in filter(None, map(str.strip, text.splitlines())):
        if re.match(r"not\s", line) and re.search(r"[<=>]", line):
            check = parse_check(line)
            if check.relation == "=" and (check.tolerance is None) == check.against_name:
                raise CheckError(f"'{check}' would hold of nearly any number; say with ± how far apart they are")
            checks.append(check)
        else:
            words.append(line)
    if not checks:
        raise CheckError("'limits' asserts nothing; add a line 'not <check>' with what does not hold")
    if not words:
        raise CheckError("'limits' has no words; say below the 'not' lines what does not reproduce")
    return Limits(tuple(checks), " ".join(words))


def _accepts(text: str) -> tuple[Accepted, ...]:
    """Read ``:accepts:``: lines `` `code`: reason ``; a line without code goes on with the reason before it."""
    found: list[Accepted] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if match := _ACCEPTED.match(line):
            found.append(Accepted(match["code"].strip(), match["reason"]))
        elif found and not line.startswith("`"):
            found[-1] = Accepted(found[-1].code, f"{found[-1].reason} {line}".strip())
        else:
            raise CheckError(f"'{line}' accepts nothing; write '`code`: why a change to it may go unnoticed'")
    if silent := [each.code for each in found if not each.reason]:
        raise CheckError(f"'{silent[0]}' is accepted without a reason; say after ':' why a change may go unnoticed")
    if not found:
        raise CheckError("'accepts' is empty; write '`code`: why a change to it may go unnoticed', or take it out")
    return tuple(found)


def split_options(lines: Sequence[str]) -> tuple[dict[str, str], list[str], int]:
    """Split a directive's content into its options, its text, and the line where the text begins.

    An option goes on over the indented lines that follow it.

    Raises:
        CheckError: an option stands twice.
    """
    options: dict[str, list[str]] = {}
    current, read = "", 0
    for line in lines:
        if found := _OPTION.match(line):
            current = found[1]
            if current in options:
                raise CheckError(f"'{current}' stands twice; keep one, an option may go on over indented lines")
            options[current] = [] if found[2] in ("|", ">") else [found[2]]
        elif current and (line[:1].isspace() or not line.strip()):
            options[current].append(line)
        else:
            break
        read += 1
    return {name: "\n".join(value).strip() for name, value in options.items()}, list(lines[read:]), read


def _without_front_matter(text: str) -> str:
    found = split_front_matter(text)
    return text if found is None else "\n" * found[1] + "\n".join(text.splitlines()[found[1] :])


def _notebook_cells(text: str) -> Iterator[tuple[int, str]]:
    """Yield the Markdown cells of a notebook's file, with their numbers; nothing of what is none."""
    try:
        cells = json.loads(text)["cells"]
        parts = [(number, cell["cell_type"], "".join(cell["source"])) for number, cell in enumerate(cells, start=1)]
    except (ValueError, LookupError, TypeError):
        return
    yield from ((number, source) for number, kind, source in parts if kind == "markdown")


def _directives(text: str, first: int = 1) -> Iterator[tuple[int, str, list[str]]]:
    """Yield the claims in Markdown that begins at this line: line, name and content; those in other directives too."""
    for token in _MARKDOWN.parse(text):
        if token.type not in ("fence", "colon_fence") or token.map is None:
            continue
        found, line = _DIRECTIVE.match(token.info.strip()), first + token.map[0]
        if found and found[1] == "claim":
            yield line, found[2].strip(), token.content.splitlines()
        elif found and found[1] not in VERBATIM and "{claim}" in token.content:
            yield from _directives(token.content, line + 1)
