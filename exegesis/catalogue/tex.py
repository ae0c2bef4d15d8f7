"""TeX in the fields of records, as text: accents, braces, styles and formulas resolved."""

from __future__ import annotations

import functools
import re

from pybtex.exceptions import PybtexError
from pybtex.richtext import Text
from pylatexenc.latex2text import LatexNodes2Text

# Words in which TeX would find nothing to resolve.
_PLAIN = re.compile(r"(?:[^\W_]|[.:;()/+]|-(?!-)|,(?!,)|(?<=\S) (?=\S))*")
_FORMULA = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$|\\\((.+?)\\\)|\\ensuremath\{((?:[^{}]|\{[^{}]*\})*)\}")
_STYLE = re.compile(
    r"\\(?:emph|text(?:it|bf|sc|tt|rm|sf|sl|up|md|normal)|mbox|hbox|uppercase|url|relax)(?![A-Za-z])\s*(?=\{)"
    r"|\\(?:em|it|bf|sc|tt|rm|sf|sl)(?:shape|series|family)?(?![A-Za-z])\s*"
    r"|\\[-/]"
)
_SPACE = re.compile(r"\\[ ,;:!](?!\w\})")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)?", re.DOTALL)


class TexError(ValueError):
    """TeX that has no form as text; the message says what of it."""


@functools.lru_cache(maxsize=8192)
def plain(tex: str) -> str:
    """Return a field as plain text.

    Raises:
        TexError: it has a command, or a formula, that has no such form.
    """
    if _PLAIN.fullmatch(tex):  # a sixth of a millisecond, eight a record
        return tex
    source = readable(tex)
    try:
        text = str(Text.from_latex(source))
    except (PybtexError, ValueError) as error:
        raise TexError(f"'{tex}' can't be read as TeX ({' '.join(str(error).split())})") from None
    if found := _COMMAND.search(text):
        raise TexError(f"the TeX command '{found[0]}' has no form as text here")
    return text


def readable(tex: str) -> str:
    r"""Return TeX that pybtex can read: it knows accents, and no styles, ``\$`` or formulas but the simplest.

    Raises:
        TexError: a dollar sign that is neither a formula's nor escaped, or a comment.
    """
    if re.search(r"(?<!\\)%", tex):
        raise TexError(r"a '%' begins a comment; a percent sign is '\%'")
    if "$" not in tex and "\\" not in tex:
        return tex
    resolved = _FORMULA.sub(_formula, _SPACE.sub(" ", _STYLE.sub("", tex)))
    if re.search(r"(?<!\\)\$", _FORMULA.sub("", tex)):
        raise TexError(r"a '$' stands alone; a dollar sign is '\$'")
    return resolved.replace(r"\$", "$")


def _formula(found: re.Match[str]) -> str:
    """Return a formula as pybtex reads it: as it is, or in the letters that Unicode has for it."""
    inner = next(group for group in found.groups() if group is not None)
    if found[0].startswith("$") and inner != inner.strip():
        raise TexError(rf"'{found[0]}' would be a formula; a dollar sign is '\$'")
    simple = f"${inner}$"
    try:
        known = str(Text.from_latex(simple))
    except (PybtexError, ValueError):
        known = "$"
    if "$" not in known and "\\" not in known:
        return f"{{{simple}}}"  # styles write titles small, and must leave a formula as it is
    try:
        text = str(LatexNodes2Text(math_mode="text").latex_to_text(simple)).strip()
    except Exception:  # of commands with other arguments than it knows, of many kinds
        text = ""
    if "\\" in text or not text:
        raise TexError(f"the formula '{found[0]}' has no form as text")
    return "{" + re.sub(r"[{}$]", "", text) + "}"
