"""The evidence file of a chapter: what became of changes to its code, and of other seeds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = "evidence"  # beside the folder of the papers

#: What a part of the file belongs to, by command: of the chapter, of each claim, and further parts of the chapter.
PARTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "doubt": ("doubt", ("changes",), ("functions", "survivors")),
    "seeds": ("seeds", ("seeds", "numbers"), ()),
}


def evidence_path(root: Path, papers: str, slug: str) -> Path:
    """Return where a chapter's evidence is: beside the folder of the papers, which is relative to the root."""
    return (root / papers).parent / FOLDER / f"{slug}.json"


def read_evidence(path: Path) -> dict[str, Any]:
    """Return what the file says; nothing where there is none, or where it is no JSON object."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def merged(before: dict[str, Any], part: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return the file's contents with one command's part renewed; the other's is kept if the code is the same.

    Args:
        before: what the file has.
        part: ``doubt`` or ``seeds``.
        found: the new part, with ``chapter``, ``code`` and ``claims``.
    """
    (other,) = set(PARTS) - {part}
    kept = before if before.get("code") == found["code"] else {}
    old = extract(kept, other)
    claims = {name: old.get("claims", {}).get(name, {}) | own for name, own in found["claims"].items()}
    return old | found | {"claims": claims}


def extract(contents: dict[str, Any], part: str) -> dict[str, Any]:
    """Return what of a file's contents one command wrote; nothing where it has not."""
    own, of_claims, more = PARTS[part]
    if own not in contents:
        return {}
    claims = {
        name: {key: told[key] for key in of_claims if key in told} for name, told in contents.get("claims", {}).items()
    }
    rest = {key: contents[key] for key in ("chapter", "code", own, *more) if key in contents}
    return rest | {"claims": claims}


def written(contents: dict[str, Any]) -> str:
    """Return the file's text: the same for the same contents."""
    return json.dumps(contents, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
