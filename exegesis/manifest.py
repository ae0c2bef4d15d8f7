"""The manifest of a site: the commit that it was built from, with what, and the digest of each of its files.

It is a file of the site itself. Alone it proves nothing, for whoever can change a page can change it too;
`exegesis verify` builds the commit once more and compares.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

#: In the site's folder.
NAME = "manifest.json"
#: Files at a book's root that pin what it is built with, by whatever tool.
LOCKS = ("requirements.lock", "requirements-packed.lock", "uv.lock", "pylock.toml", "poetry.lock")
#: Names the PDFs that will stand in a site, whatever was printed here: pages link them.
PDFS = "EXEGESIS_PDFS"
_PIECE = 1 << 20  # bytes


class NoManifestError(ValueError):
    """It is not the manifest of a site; the message says why."""


@dataclass(frozen=True)
class Chapter:
    """What a page with code, or a summary, was made from."""

    page: str  # its file in the site
    files: list[str]  # of the site that are its own: the page, its figures, its notebook
    inputs: dict[str, str]  # files of the book: its text, what that takes in, what its cells read -> digest
    versions: dict[str, str]  # of Python and of what its cells import; none for a chapter of words alone


@dataclass(frozen=True)
class Manifest:
    """What a site was built from. Paths have forward slashes; digests are SHA-256 in hexadecimal digits."""

    title: str  # of the book
    address: str  # where it is published, as the build was told; empty if it was not
    repository: str  # where its sources are
    commit: str | None  # None outside of a repository
    date: str | None  # of the commit, as 2026-01-31
    clean: bool  # whether nothing differed from the commit
    source_date_epoch: str | None  # that the build had
    baseline: str  # the instruction set that kernels kept to
    system: str  # whose C library functions such as `exp` come from
    versions: dict[str, str]  # of Python, of this package, of all that either needs
    locks: dict[str, str]  # those of `LOCKS` that the book has
    chapters: dict[str, Chapter]  # by document
    files: dict[str, str] = field(default_factory=dict)  # all of the site but this one and the PDFs
    pdfs: list[str] = field(default_factory=list)  # that stand beside the pages: a browser printed them, no build did

    @property
    def beside(self) -> set[str]:
        """Return the files of the site that are none of what the commit gives: this one and the PDFs."""
        return {NAME, *map(pdf_file, self.pdfs)}

    def text(self) -> str:
        """Return the manifest as it stands in the site, the same for the same."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest, which a stranger may have written.

    Raises:
        NoManifestError: it has another form, or names files outside of the site.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise NoManifestError("it is no JSON") from None
    if wrong := next(_schema().iter_errors(told), None):
        raise NoManifestError(f"{wrong.json_path[:100]} is not as a build writes it")
    if not all(text.isprintable() for text in _texts(told)):
        raise NoManifestError("it has characters that are not to be printed")
    names = {
        *told["files"],
        *map(pdf_file, told.get("pdfs", ())),
        *(name for each in told["chapters"].values() for name in (each["page"], *each["files"])),
    }
    if outside := sorted(name for name in names | told["chapters"].keys() if not _is_inside(name)):
        raise NoManifestError(f"it names a file that no site has, {outside[0][:100]!a}")
    return Manifest(**{**told, "chapters": {name: Chapter(**each) for name, each in told["chapters"].items()}})


def pdf_file(name: str) -> str:
    """Return where a site has the PDF of a chapter, by its slug, or of the book, by its name."""
    return f"pdf/{name}.pdf"


def digest(file: BinaryIO) -> str:
    """Return the digest of an open file."""
    found = hashlib.sha256()
    while piece := file.read(_PIECE):
        found.update(piece)
    return found.hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file."""
    with path.open("rb") as file:
        return digest(file)


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names that do not have the same value in both, sorted."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _texts(told: Any) -> Iterator[str]:
    """Yield each text of what JSON tells, names too."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        yield from (text for pair in told.items() for each in pair for text in _texts(each))
    elif isinstance(told, list):
        yield from (text for each in told for text in _texts(each))


@functools.cache
def _schema() -> Any:
    from exegesis.schema import Validator  # a build writes a manifest, and reads none

    text = files("exegesis").joinpath("schemas", "manifest.schema.json").read_text("utf-8")
    return Validator(json.loads(text))
