r"""What a displayed formula means: Sphinx's documentation of ``{math}``, in TeX that KaTeX knows.

Equations parted by blank lines stand below each other; each may have lines, aligned at ``&`` and parted by ``\\``.
Sphinx wraps them for its own renderers (``sphinx.util.math.wrap_displaymath``). It parts at every blank line and
at every ``\\``; here those within an environment or braces belong to it, so that a matrix stays one equation.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"%[^\n]*|\\(?P<environment>begin|end)\s*\{[^}]*\}|(?P<rows>\\\\|&)|\\.|(?P<brace>[{}])|(?P<blank>\n[ \t]*\n\s*)",
    re.DOTALL,
)
#: KaTeX would number their lines by itself; the book's numbers are those of labels.
_NUMBERED = re.compile(r"(\\(?:begin|end)\s*\{(?:align|alignat|equation|gather))\}")


def displayed(tex: str, nowrap: bool) -> str:
    """Return the TeX of a displayed formula; with ``nowrap`` it brings its own environment."""
    tex = _NUMBERED.sub(r"\1*}", tex)
    if nowrap:
        return tex
    equations, has_rows = _equations(tex)
    if len(equations) > 1:
        rows = "\\\\\n".join(equations)
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"
    return f"\\begin{{split}}\n{equations[0]}\n\\end{{split}}" if has_rows else tex


def _equations(tex: str) -> tuple[list[str], bool]:
    """Part a formula at its blank lines, and say whether it has rows or columns; both outside of environments."""
    parts, start, depth, has_rows = [], 0, 0, False
    for token in _TOKEN.finditer(tex):
        if token["environment"] == "begin" or token["brace"] == "{":
            depth += 1
        elif token["environment"] == "end" or token["brace"] == "}":
            depth -= 1
        elif depth == 0 and token["rows"]:
            has_rows = True
        elif depth == 0 and token["blank"]:
            parts.append(tex[start : token.start()])
            start = token.end()
    parts.append(tex[start:])
    return [part.strip() for part in parts if part.strip()] or [""], has_rows
