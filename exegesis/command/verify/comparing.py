"""What a published site has, beside what a clean build gives: files by their digests, claims by their verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from exegesis.manifest import Chapter, Manifest, differences

#: In the rows, for what belongs to no chapter.
REST = "all else"


@dataclass(frozen=True)
class Part:
    """The files of a chapter, or those of none."""

    name: str
    same: int
    wrong: list[str] = field(default_factory=list)  # "changed: a.html", "missing: b.png", "added: c.js"


def compare(published: Mapping[str, str], expected: Mapping[str, str], chapters: Mapping[str, Chapter]) -> list[Part]:
    """Compare files by their digests, chapter by chapter, in the order of their names."""
    owners = {name: docname for docname in sorted(chapters, reverse=True) for name in chapters[docname].files}
    parts: dict[str, tuple[list[str], list[str]]] = {docname: ([], []) for docname in sorted(chapters)}
    parts[REST] = ([], [])
    for name in sorted(published.keys() | expected.keys()):
        same, wrong = parts[owners.get(name, REST)]
        if published.get(name) == expected.get(name):
            same.append(name)
        else:
            what = "changed" if name in published and name in expected else "added" if name in published else "missing"
            wrong.append(f"{what}: {name}")
    return [Part(PurePosixPath(name).name, len(same), wrong) for name, (same, wrong) in parts.items()]


def other_environment(published: Manifest, built: Manifest) -> list[str]:
    """Return what a site was built with that is another here, so that other bytes need not mean other contents."""
    named = {"baseline": (published.baseline, built.baseline), "system": (published.system, built.system)}
    told = [f"{name} {one} there, {other} here" for name, (one, other) in named.items() if one != other]
    for name in differences(published.versions, built.versions):
        one, other = published.versions.get(name, "none"), built.versions.get(name, "none")
        told.append(f"{name} {one} there, {other} here")
    return told


class ClaimsError(ValueError):
    """What should be the claims of a build has another form."""


@dataclass
class Claims:
    """How the claims of a published site compare with those of a build."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)  # other verdicts, other checks; claims that are not in both
    numbers: list[str] = field(default_factory=list)  # other numbers, by the same checks and with the same verdict


def compare_claims(published: bytes | None, built: bytes | None) -> Claims:
    """Compare the claims of two builds, by their ``claims.json``.

    Raises:
        ClaimsError: one of them is missing, or has another form.
    """
    theirs, ours = _claims(published), _claims(built)
    found = Claims(len(ours))
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in theirs or name not in ours:
            found.wrong.append(f"{name}: {'missing' if name in ours else 'added'}")
            continue
        one, other = theirs[name], ours[name]
        if one.verdict != other.verdict:
            found.wrong.append(f"{name}: {one.verdict} there, {other.verdict} here")
        elif one.said != other.said:
            found.wrong.append(f"{name}: another text or check")
        else:
            found.numbers += [f"{name}: {told}" for told in _numbers(one.computed, other.computed)]
    return found


@dataclass(frozen=True)
class _Claim:
    verdict: str
    said: Any  # all that is written in the chapter
    computed: list[tuple[str, float | None]]


def _claims(data: bytes | None) -> dict[str, _Claim]:
    try:
        claims = json.loads(data or b"")["claims"]
        return {ascii(f"{each['summary'] or each['url']}#{each['id']}")[1:-1]: _claim(each) for each in claims}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ClaimsError("claims.json is missing, or not as a build writes it") from None


def _claim(told: dict[str, Any]) -> _Claim:
    checks = [*told["checks"], *((told["limits"] or {}).get("checks", ()))]
    written = {name: told[name] for name in ("text", "source", "evidence", "said", "why", "paper")}
    rules = [[check[name] for name in ("name", "relation", "expected", "tolerance", "holds")] for check in checks]
    computed = [(str(check["name"] or "its number"), check["computed"]) for check in checks]
    return _Claim(ascii(told["verdict"])[1:-1], [written, rules], computed)


def _numbers(theirs: list[tuple[str, float | None]], ours: list[tuple[str, float | None]]) -> Iterator[str]:
    for (name, one), (_, other) in zip(theirs, ours, strict=True):
        if one != other:
            yield f"{ascii(name)[1:-1]} is {one!r} there, {other!r} here"
