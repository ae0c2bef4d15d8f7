"""Text that looks like markup and is not taken as such: TeX, citations of other dialects, footnotes that there are not.

A reader would see it as it was typed. Looked for in the parsed page, where code and formulas are known as such.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from exegesis.fault import Kind
from exegesis.sphinxext.ancestors import ancestors
from exegesis.sphinxext.book import book_of
from exegesis.sphinxext.faults import tell
from exegesis.sphinxext.patches.myst_nb import is_output
from exegesis.sphinxext.state import application_of

_VERBATIM = (nodes.literal, nodes.math, nodes.FixedTextElement, nodes.raw, nodes.Invisible, nodes.system_message)
_TEX = re.compile(r"\\([A-Za-z]{2,}|[A-Za-z](?=\{))\*?(?:\[[^\]]*\])?(?:\{[^}]*\})?")
_KEY = r"-?@[\w:.#$%&+?<>~/-]*\w"
#: How to write in MyST what TeX has a command for.
TEX = {
    r"(?:no)?cite\w*|parencite|textcite|autocite": "cite by {cite:p}`key` or {cite:t}`key`",
    r"eqref": "refer to a formula by {eq}`label`",
    r"\w*ref|label": "refer by {ref}`label`, {numref}`figure` or {eq}`formula`; label by '(label)=' before the target",
    r"textbf|bf|bfseries": "write **bold**",
    r"emph|textit|it|em": "write *emphasis*",
    r"texttt|verb|tt": "write `code`",
    r"footnote": "write [^name], and '[^name]: text' below",
    r"url|href": "write [text](address)",
    r"(?:sub)*section|chapter|paragraph": "begin the line with '#', one for each level",
    r"begin|end|item|caption|includegraphics": "write it in MyST: a list, {figure}, or {math} for formulas",
}
#: What else stays as it was typed: how it looks, what it is, and how to mend it.
OTHERS = (
    (rf"\[{_KEY}(?:[;,][^\]]*)?\]", "a citation of another dialect", "cite by {cite:p}`key`"),
    (r"\[\^[^\]\s]+\]", "a footnote that is defined nowhere", "write '[^name]: text', or take it out"),
    (r"\$\$", "a displayed formula without its other end", "put $$ on a line before and after it"),
    (
        r"\$(?!\d)(?: *[A-Za-z] *|[^$\n]*[\\^_=][^$\n]*)\$",
        "a formula that is not taken as one",
        "put no space within its dollars and no digit beside them, or write {math}`...`",
    ),
    (r"\{(?:cite(?::\w+)?|ref|eq|numref|doc|math|term|download)\}", "a role without its text", "write {role}`text`"),
    (
        r"(?<!\w)!?\[[^\]\n]*\]\[[^\]\n]*[A-Za-z][^\]\n]*\]",
        "a link whose target is defined nowhere",
        "write [text](target)",
    ),
    (r"!?\[[^\]\n]+\]\([^)\n]*\Z", "a link without its end", "close it with ')'; an address with spaces needs <>"),
    (r"(?<![\w*])\*\*(?=\w)", "emphasis that does not end", "close it, or write \\*"),
    (
        r"(?<![\w\]])!?\[[^\]\n]+\]\([^()\n]+(?:\([^()\n]*\))?\)",
        "a link that is not taken as one",
        "an address with spaces needs <>, and is a path or begins with https: or mailto:",
    ),
    (r"~~\w[^~\n]*~~", "text to strike out", "enable 'strikethrough' in myst_enable_extensions, or take it out"),
    (r"\A\[[ xX]\] ", "a box of a task list", "enable 'tasklist' in myst_enable_extensions, or take it out"),
    (r"\{\{[^{}\n]+\}\}", "a substitution", "enable 'substitution' in myst_enable_extensions, or put it into `code`"),
    (r"(?:^|\n):{3,}", "a fence that is none", "close what it opens, and enable 'colon_fence'"),
)
_LOOK = re.compile("|".join(f"(?P<other{number}>{pattern})" for number, (pattern, _, _) in enumerate(OTHERS)))
_BRACKETS = re.compile(r"(?<![\w\\])\\([(\[])((?:(?!\n[ \t]*\n).)*?)\\[)\]]", re.DOTALL)
_LIKE_TEX = re.compile(r"\\[A-Za-z]|[\^_=<>+]|^\s*[A-Za-z](?:'|\s)*$|^\s*[A-Za-z]\(")
_WORDS = re.compile(r"(?<![A-Za-z\\])[a-z]{2,}\s+[a-z]{2,}(?![A-Za-z])|\d\s+[a-z]{3,}\s")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?\s*(?:\{[^{}]*\})?")


class LeaveUndefinedFootnotes(SphinxTransform):
    """Make text again of references to footnotes that there are not, as newer MyST-Parsers make of each."""

    default_priority = 600  # before docutils numbers them, and tells of each in words that name no mend

    def apply(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(nodes.footnote_reference)):
            name = node.get("refname")
            if name and name not in self.document.nameids:
                for known in (self.document.autofootnote_refs, self.document.footnote_refs.get(name, [])):
                    if node in known:
                        known.remove(node)
                node.parent.replace(node, nodes.Text(f"[^{name}]"))


class TellMarkup(SphinxTransform):
    """Look through the text of a page."""

    default_priority = 700  # while it is as it was typed: before quotes are turned, and before parts are added

    def apply(self, **kwargs: Any) -> None:
        for node in self.document.findall(nodes.Text):
            if not any(isinstance(each, _VERBATIM) or is_output(each) for each in ancestors(node)):
                self._look(node)
        for formula in self.document.findall(nodes.math):
            if _WORDS.search(_COMMAND.sub(" ", formula.astext())):
                what = f"'${formula.astext()}$' reads like text between two dollars"
                tell(Kind.MARKUP, what, r"write \$ for a dollar, and \text{...} for words in a formula", formula)

        path = Path(self.env.doc2path(self.env.docname))
        source = path.read_text(encoding="utf-8", errors="replace") if path.suffix == ".md" else ""
        self._look_for_brackets(source)
        self._look_for_footnotes(source)

    def _look_for_footnotes(self, source: str) -> None:
        """Look for footnotes that nothing refers to: older MyST-Parsers leave them out, and others show them."""
        shown = {name: note for note in self.document.findall(nodes.footnote) for name in note["names"]}
        for name, note in shown.items():
            if not note["backrefs"]:
                _tell_lost(name, "", note)
        for found in re.finditer(r"^\[\^([^\]\s]+)\]:", source, re.MULTILINE):
            if found[1] not in shown and source.count(f"[^{found[1]}]") == 1:
                line = source.count("\n", 0, found.start()) + 1
                _tell_lost(found[1], ", and is not shown", (self.env.docname, line))

    def _look_for_brackets(self, source: str) -> None:
        r"""Look for ``\(x\)`` and ``\[x\]``: in Markdown a backslash and a bracket are a bracket, and nothing else."""
        texts = [node for node in self.document.findall(nodes.Text) if "(" in node or "[" in node]
        prose = [node.astext() for node in texts if not any(isinstance(each, _VERBATIM) for each in ancestors(node))]
        for found in _BRACKETS.finditer(source):
            shown = found[1] + re.split(r"[\\*_`$]", found[2].lstrip())[0].rstrip()
            if _LIKE_TEX.search(found[2]) and any(shown in re.sub(r"([(\[])\s+", r"\1", text) for text in prose):
                line = source.count("\n", 0, found.start()) + 1
                what = f"'{' '.join(found[0].split())}' is a formula that is not taken as one"
                tell(Kind.MARKUP, what, "put it between $...$, or on lines between $$", (self.env.docname, line))

    def _look(self, node: nodes.Text) -> None:
        text = node.astext()
        for found in _TEX.finditer(text):
            mend = next((mend for names, mend in TEX.items() if re.fullmatch(names, found[1])), None)
            self._tell(node, found, "TeX outside of a formula", mend or "put it between $...$, or into `code`")
        for found in _LOOK.finditer(text):
            _, what, mend = OTHERS[int((found.lastgroup or "").removeprefix("other"))]
            self._tell(node, found, what, mend)
        keys = book_of(application_of(self.env)).catalogue.papers
        for found in re.finditer(rf"(?<![\w\[;/.]){_KEY}(?!\w)", text):
            if found[0].lstrip("-@") in keys:
                self._tell(node, found, "a citation of another dialect", "cite by {cite:t}`key`")
        if "$" in text and any(isinstance(each, nodes.entry) for each in ancestors(node)):
            for found in re.finditer(r"\$(?!\d)[^$]*\Z", text):
                self._tell(node, found, "a formula that the table cuts at '|'", r"write \vert, \lvert or \mid for it")

    def _tell(self, node: nodes.Text, found: re.Match[str], what: str, mend: str) -> None:
        around = next(each for each in ancestors(node) if each.line or each.parent is None)
        line = (around.line or 1) + node.astext()[: found.start()].count("\n")
        before = _lines_before(around, node)
        tell(Kind.MARKUP, f"'{found[0].strip()}' is {what}", mend, (self.env.docname, line + before))


def _tell_lost(name: str, effect: str, location: Any) -> None:
    what = f"the footnote '{name}' is referred to nowhere{effect}"
    tell(Kind.MARKUP, what, f"write [^{name}] where it belongs, or take it out", location)


def _lines_before(around: nodes.Element, node: nodes.Text) -> int:
    """Count the lines of an element's text before one of its parts."""
    count = 0
    for text in around.findall(nodes.Text):
        if text is node:
            return count
        count += text.astext().count("\n")
    return 0


def setup(app: Sphinx) -> None:
    """Register the two transforms."""
    app.add_transform(LeaveUndefinedFootnotes)
    app.add_transform(TellMarkup)
