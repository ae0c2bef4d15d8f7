"""A good book is broken in each way of the table: it is told where, and how to mend it, and the last site stays."""

from __future__ import annotations

import gc
import re
import shutil
from pathlib import Path

import pytest

from exegesis.command.cli import FAULTS, OK, USAGE, main
from tests.faults.good import FILES, write
from tests.faults.ways import WAYS


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mend(book: Path) -> None:
    """Make the book what it was, but for what was built."""
    for path in sorted(book.rglob("*"), reverse=True):
        name = path.relative_to(book).as_posix()
        if name.startswith("_build") or (name in FILES and path.is_file() and not path.is_symlink()):
            continue
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        else:
            path.unlink()
    write(book)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """One for all ways: what a way leaves behind in `_build` must not be seen in the next, nor at the end."""
    folder = tmp_path_factory.mktemp("book")
    write(folder)
    assert main(["--book", str(folder), "build"]) == OK
    site = contents(folder / "_build/html")
    gc.freeze()  # sphinx-external-toc looks through all objects that there are, for each build
    yield folder
    assert contents(folder / "_build/html") == site
    assert main(["--book", str(folder), "build"]) == OK
    assert contents(folder / "_build/html") == site
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, id=way.name, marks=pytest.mark.slow if number % 4 else ()) for number, way in enumerate(WAYS)],
)
def test_each_way_is_told_with_its_place_and_its_mend(book, way, capfd, monkeypatch):
    monkeypatch.chdir(book)
    if not way.runs:  # what would be a head start for kernels
        monkeypatch.setattr("exegesis.command.cli.warm_up", lambda project: None)
    site = contents(book / "_build/html")
    try:
        way.change(book / way.file)
        place = place_of(book, way)
        status = main([way.command])
    finally:
        mend(book)
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err
    assert status == (USAGE if way.usage else FAULTS), told
    faults = [line for line in told.err.splitlines() if re.match(r"exegesis: |\S[^:]*:(\d+|cell \d+|metadata):", line)]
    here = [line for line in faults if line.removeprefix("exegesis: ").startswith(place)]
    assert here, (place, told.err)
    assert any(way.mend in line.partition("; ")[2] for line in here), (way.mend, here)
    assert len(faults) == way.faults, faults
    assert contents(book / "_build/html") == site


def place_of(book: Path, way) -> str:
    """Return how the line of a fault begins."""
    if isinstance(way.at, int) or way.place.endswith(".ipynb"):
        return f"{way.place}:{way.at}:" if way.at else ""
    lines = (book / way.place).read_text(encoding="utf-8", errors="replace").splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if way.at in line]
    return f"{way.place}:{number}:"


def test_there_are_a_hundred_ways_and_each_has_its_name():
    assert len({way.name for way in WAYS}) == len(WAYS) >= 100
