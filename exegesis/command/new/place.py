"""A chapter's place in ``_toc.yml``: one line more, and all others as they are, comments too."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from exegesis.contents import Contents


def with_entry(text: str, contents: Contents, docname: str) -> str:
    """Return a table of contents with one more page, after the last one of its folder.

    Where a pattern finds that folder's pages, it will find this one too.

    Args:
        text: of the file.
        contents: what it says.
        docname: the page.
    """
    if docname in contents.pages:
        return text
    lines = text.splitlines()
    if any("glob:" in lines[page.line - 1] for name, page in contents.pages.items() if _beside(name, docname)):
        return text
    entries = {name: page.line for name, page in contents.pages.items() if _indent(lines[page.line - 1]) is not None}
    beside = [line for name, line in entries.items() if _beside(name, docname)]
    if not entries:
        return text
    last = max(beside or entries.values())
    indent = _indent(lines[last - 1])
    end = last
    while end < len(lines) and re.match(rf"{indent}\s+(?!\s*#)\S", lines[end]):
        end += 1  # its title and its own pages
    lines.insert(end, f"{indent}- file: {docname}")
    return "\n".join(lines) + "\n"


def _beside(name: str, docname: str) -> bool:
    return PurePosixPath(name).parent == PurePosixPath(docname).parent


def _indent(line: str) -> str | None:
    """Return the white space before an entry of a list; None where there is none."""
    found = re.match(r"(\s*)- file:", line)
    return found[1] if found else None
