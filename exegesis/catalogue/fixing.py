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
    if draft.record.broken:
        return
    gone = set()
    for name in _CHANGED:
        there, value = draft.record.fields.get(name), draft.values.get(name)
        if there is None or name in draft.told or value == there.value:
            continue
        if value is None:
            gone.add(name)
            yield _removed(there, text)
        else:
            written = text[there.value_begin : there.end]
            new = f'"{value}"' if written.startswith('"') and '"' not in value else f"{{{value}}}"
            what = f"{there.name} = {new}, was {written}"
            yield Change(there.value_begin, there.end, new, there.line, what)
    fields = draft.record.fields
    added = [name for name in _ADDED if name in draft.values and not {name, _OF_BIBLATEX.get(name)} & fields.keys()]
    kept = [there for name, there in fields.items() if name not in gone]
    if added and kept:
        last = kept[-1]
        between = re.search(r"(?:\r?\n)?[ \t]*$", text[: last.begin])
        indent = (between[0] if between else "") or " "
        lines = [f"{_ADDED[name]} = {{{draft.values[name]}}}" for name in added]
        yield Change(last.begin, last.begin, "".join(f"{line},{indent}" for line in lines), last.line, ", ".join(lines))


def _removed(field: Field, text: str) -> Change:
    before = re.search(r"(?:\r?\n)?[ \t]*$", text[: field.begin])
    after = re.compile(r"\s*,").match(text, field.end)
    begin = before.start() if before else field.begin
    what = f"without {field.name}, which other fields say, or nothing: was {text[field.value_begin : field.end]}"
    return Change(begin, after.end() if after else field.end, "", field.line, what)
