"""Comparing two builds of one book: which pages there are, each code cell's outputs, and the rest of each page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import zip_longest
from pathlib import Path

from bs4 import BeautifulSoup, Tag

#: What differs from one run to the next whoever runs it: a pattern, what stands for it, and why.
RULES = (
    (r"\b0x[0-9a-fA-F]{6,}", "0x", "where in memory an object is"),
    (r"\bipykernel_\d+(?=/\d+\.py)", "ipykernel", "a cell's file, as warnings name it: with the kernel's process"),
    (
        r"[\d.]+ (?:ns|[uµμ]s|ms|s)(?: ±|(?= per loop))|[\d.,]+ loops? each",
        "a time",
        "what %timeit measured, and how often it had to run for that",
    ),
    (r"(?<=CPU times: ).*|(?<=Wall time: ).*", "a time", "what %time measured"),
)
_RULES = [(re.compile(pattern), instead) for pattern, instead, _ in RULES]
_LONGEST = 20  # lines of a difference that are told


@dataclass(frozen=True)
class Page:
    """A page of a site, without what may differ (`RULES`)."""

    cells: tuple[str, ...]  # each code cell: its source and its outputs, the pictures by digest
    rest: str  # the page without them


@dataclass(frozen=True, order=True)
class Difference:
    """A place where two builds of a book do not show the same."""

    page: str
    cell: int  # from 1; 0 is the rest of the page
    lines: tuple[str, ...] = ()  # what differs, as `diff -u` shows it

    def __str__(self) -> str:
        place = f"{self.page}, {f'cell {self.cell}' if self.cell else 'outside of cells'}"
        more = [f"... ({len(self.lines) - _LONGEST} lines more)"] if len(self.lines) > _LONGEST else []
        return "\n    ".join([place, *self.lines[:_LONGEST], *more])


def read_site(site: Path) -> dict[str, Page]:
    """Return the pages of a site by their paths."""
    return {path.relative_to(site).as_posix(): read_page(path) for path in sorted(site.rglob("*.html"))}


def read_page(path: Path) -> Page:
    """Return a page of a site; its pictures are where it says."""
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    for image in soup.find_all("img", src=True):
        file = path.parent / str(image["src"])
        if file.is_file():
            image["src"] = hashlib.sha256(file.read_bytes()).hexdigest()
    cells = []
    for cell in soup.select("div.cell"):
        for outputs in cell.select("div.cell_output"):
            _merge_streams(outputs)
        cells.append(_without_chance(cell))
        cell.replace_with("(a cell)")
    return Page(tuple(cells), _without_chance(soup))


def differences(one: dict[str, Page], other: dict[str, Page]) -> list[Difference]:
    """Return where two sites do not show the same."""
    found = [
        Difference(name, 0, ("the page is not in " + ("the second" if name in one else "the first"),))
        for name in one.keys() ^ other.keys()
    ]
    for name in one.keys() & other.keys():
        found += [Difference(name, cell, lines) for cell, lines in _compare(one[name], other[name])]
    return sorted(found)


def without(found: list[Difference], chance: list[Difference]) -> list[Difference]:
    """Leave out the places that differ between two builds by one command, too."""
    places = {(each.page, each.cell) for each in chance}
    return [each for each in found if (each.page, each.cell) not in places]


def _compare(one: Page, other: Page) -> Iterator[tuple[int, tuple[str, ...]]]:
    pairs = zip_longest((one.rest, *one.cells), (other.rest, *other.cells), fillvalue="")
    for cell, (first, second) in enumerate(pairs):
        if first != second:
            lines = unified_diff(first.splitlines(), second.splitlines(), "first", "second", lineterm="", n=0)
            yield cell, tuple(lines)


def _merge_streams(outputs: Tag) -> None:
    """Make one stdout and one stderr of what is printed between two other outputs.

    A kernel sends what is printed every 0.2 s, each stream by itself: where one part ends, and which
    stream comes first, is a matter of time. At the ends of a part Pygments takes blank lines away.
    """
    for text in outputs.find_all(string=re.compile(r"^\s*$"), recursive=False):
        text.extract()
    streams: dict[str, Tag] = {}
    for output in outputs.find_all("div", class_="output", recursive=False):
        classes = output.get_attribute_list("class")
        kind = next((each for each in ("stream", "stderr") if each in classes), None)
        if kind is None:
            streams = {}
        elif kind in streams:
            streams[kind].append(output.get_text())
            output.decompose()
        else:
            output.string = output.get_text()
            streams[kind] = output
            if kind == "stream" and "stderr" in streams:
                streams["stderr"].insert_before(output.extract())
    for stream in outputs.find_all("div", class_=["stream", "stderr"], recursive=False):
        stream.string = re.sub(r"\n(\s*\n)+", "\n", stream.get_text().strip("\n"))


def _without_chance(tag: Tag) -> str:
    text = str(tag)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
