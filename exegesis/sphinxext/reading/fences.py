"""Fences that do not end, and marks of a merge: MyST takes all that follows into them, and says nothing.

Looked for in the source, for the parsed page does not tell where a fence ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sphinx.application import Sphinx

from exegesis.catalogue.claims import VERBATIM
from exegesis.catalogue.frontmatter import split_front_matter
from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell

_FENCE = re.compile(r"^[ \t>]*(?:[-*+] +|\d+[.)] +)?(?P<fence>`{3,}|~{3,}|:{3,})(?P<info>[^`]*)$")
_DIRECTIVE = re.compile(r"\s*\{(?P<name>[\w:.-]+)\}")


def unclosed(lines: Sequence[str], first: int = 1) -> Iterator[tuple[int, str]]:
    """Yield the fences that do not end: their lines, the first of which has this number, and what opens them."""
    number = 0
    while number < len(lines):
        opening, begin = _FENCE.match(lines[number]), number
        number += 1
        if not opening:
            continue
        fence, directive = opening["fence"], _DIRECTIVE.match(opening["info"])
        if fence[0] == ":" and not directive:
            continue
        closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
        end = next((each for each in range(number, len(lines)) if closing.match(lines[each])), None)
        if end is None:
            yield first + begin, opening[0].strip()
            return
        if directive and directive["name"] not in VERBATIM:
            yield from unclosed(lines[number:end], first + number)
        number = end + 1


def _check(app: Sphinx, docname: str, source: list[str]) -> None:
    if Path(app.env.doc2path(docname)).suffix != ".md":
        return
    found = split_front_matter(source[0])
    lines = source[0].splitlines()
    begin = found[1] if found else 0
    for number, text in enumerate(lines, start=1):
        if re.match(r"(?:<{7}|>{7}) \S", text):
            what = f"'{text[:40]}' is left from a merge"
            tell(Kind.MARKUP, what, "choose between the two sides, and take the three marks out", (docname, number))
    for line, opening in unclosed(lines[begin:], begin + 1):
        what = f"what '{opening}' opens does not end, and takes in all that follows"
        mend = "close it with as many of the same signs; what stands around it needs more of them than what is in it"
        tell(Kind.MARKUP, what, mend, (docname, line))


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.connect("source-read", _check)
