"""Characters that nobody sees: they turn text round, break words and code in two, and are no XML."""

from __future__ import annotations

import re
import unicodedata

from sphinx.application import Sphinx

from exegesis.execution.notebook import IPYNB
from exegesis.fault import Kind
from exegesis.sphinxext.faults import tell

#: Control characters but for tab and ends of lines; what turns text round; spaces without width; U+FFFD for lost ones.
_UNSEEN = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffd\u202a-\u202e\u2066-\u2069]")


def _check(app: Sphinx, docname: str, source: list[str]) -> None:
    if app.env.doc2path(docname).endswith(IPYNB):
        return
    for number, line in enumerate(source[0].split("\n"), start=1):
        if found := _UNSEEN.search(line):
            name = unicodedata.name(found[0], "a control character")
            what = f"character {found.start() + 1} of the line is U+{ord(found[0]):04X} ({name}), which nobody sees"
            tell(Kind.MARKUP, what, "take it out", (docname, number))


def setup(app: Sphinx) -> None:
    """Register the check."""
    app.connect("source-read", _check, priority=100)  # as it was typed
