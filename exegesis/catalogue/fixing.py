"""``exegesis check --fix``: what is taken in anyhow is written clean into references.bib, and nothing else touched."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .bibliography import read_bibliography, read_text
from .bibtex import Field
from .cleaning import ALSO_ARXIV, Draft
from .model import Layout

#: What may be written: one spelling for another, or what another field says already.
_CHANGED = ("doi", "eprint", "archiveprefix", "url", "shortscience", "journal", "venue", *ALSO_ARXIV)
_ADDED = {"doi": "doi", "eprint": "eprint", "archiveprefix": "archivePrefix", "url": "url"}  # as they are spelt
_OF_BIBLATEX = {"archiveprefix": "eprinttype"}


@dataclass(frozen=True)
class Change:
    """One piece of text for another."""

    begin: int
    end: int
    text: str
    line: int
    what: str  # for whoever reads what was changed


def fix_bibliography(root: Path, layout: Layout = Layout()) -> list[str]:
    """Write what is clean into a book's BibTeX file.

    Returns:
        What was changed, by line. A file that can't be read is left alone.
    """
    path = root / layout.bibliography
    drafts = read_bibliography(root, layout).drafts
    if not drafts:
        return []
    text = read_text(path)
    changes = sorted((change for draft in drafts for change in _changes(draft, text)), key=lambda each: each.begin)
    if changes:
        mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
        path.write_bytes(mark + _changed(text, changes).encode("utf-8"))
    return [f"{layout.bibliography}:{each.line}: {each.what}" for each in changes]


def _changed(text: str, changes: list[Change]) -> str:
    for change in reversed(changes):
        text = text[: change.begin] + change.text + text[change.end :]
    return text


def _changes(draft: Draft, text: str) -> Iterator[Change]:
    fields, values = draft.record.fields, draft.values
    added = [name for name in _ADDED if name in values and not {name, _OF_BIBLATEX.get(name)} & fields.keys()]
    gone = [name for name in _CHANGED if name in fields and name not in values and name not in draft.told]
    kept = [there for name, there in fields.items() if name not in gone]
    if draft.record.broken or not kept:
        return
    yield from (_removed(fields[name], text) for name in gone)
    for name in _CHANGED:
        there, value = fields.get(name), values.get(name)
        if there and value is not None and value != there.value and name not in draft.told:
            written = text[there.value_begin : there.end]
            new = f'"{value}"' if written.startswith('"') and '"' not in value else f"{{{value}}}"
            yield Change(there.value_begin, there.end, new, there.line, f"{there.name} = {new}, was {written}")
    if added:
        last = kept[-1]
        indent = _indentation(last, text) or " "
        lines = [f"{_ADDED[name]} = {{{values[name]}}}" for name in added]
        yield Change(last.begin, last.begin, "".join(f"{line},{indent}" for line in lines), last.line, ", ".join(lines))


def _indentation(field: Field, text: str) -> str:
    """Return the white space before a field, with the end of the line before it."""
    found = re.search(r"(?:\r?\n)?[ \t]*$", text[: field.begin])
    return found[0] if found else ""


def _removed(field: Field, text: str) -> Change:
    after = re.compile(r"\s*,").match(text, field.end)
    begin, end = field.begin - len(_indentation(field, text)), after.end() if after else field.end
    written = text[field.value_begin : field.end]
    return Change(begin, end, "", field.line, f"without {field.name}, which says nothing more: was {written}")
