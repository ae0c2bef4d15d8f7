"""Markup, and characters that nobody sees, where there is text alone: in front matter, records and keywords.

Such a text is shown as it was typed, on pages, in the feed, in search engines and in previews of links.
"""

from __future__ import annotations

import re

from exegesis.text import unseen

_ELEMENTS = (
    "a|abbr|b|blockquote|br|button|code|dd|del|div|dl|dt|em|figure|font|form|h[1-6]|hr|i|iframe|img|input|ins|kbd|li|link"
    "|mark|math|meta|object|ol|p|pre|q|s|script|small|span|strong|style|sub|sup|svg|t[dhrt]|table|u|ul|var|video|\\w+:\\w+"
)
_MARKUP = re.compile(
    rf"</?(?:{_ELEMENTS})(?:\s+[\w-]+\s*=[^<>]*)?\s*/?>|<!--"  # HTML, and what Crossref has instead: <jats:p>
    r"|<[^\s<>]+[@:][^\s<>]+>"  # an address in brackets
    r"|&(?:[A-Za-z]{2,}\d*|#\d+|#x[0-9A-Fa-f]+);"
    r"|\$[^$\s](?:[^$]*[^$\s])?\$|\\[A-Za-z]+"  # TeX
    r"|`[^`]+`|\]\(|\*\*(?=\S)|(?<![\w*])\*\w[^*]*\*(?!\w)"  # Markdown
)


def told_markup(text: str) -> tuple[str, str] | None:
    """Return what of a text is no plain text, and how to mend it; None where all of it is."""
    if found := unseen(text):
        return found
    if marked := _MARKUP.search(text):
        return f"has markup, '{marked[0]}', and is shown as it stands", "write it in plain words and characters"
    return None
