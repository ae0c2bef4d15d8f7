"""``exegesis check``: what is wrong with a book, told without building and without running anything."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exegesis.catalogue import Catalogue, chapter_files
from exegesis.command.project import Project, UsageError
from exegesis.contents import NAME as TOC
from exegesis.fault import Fault, closest
from exegesis.text import printable


@dataclass
class Checked:
    """What was found."""

    catalogue: Catalogue
    faults: list[Fault] = field(default_factory=list)  # sorted by file and line


def check(project: Project, files: Sequence[str] = ()) -> Checked:
    """Check the settings, the records, ``_toc.yml`` and every chapter, or only what is wrong in some files.

    Raises:
        UsageError: one of the files is not there, or is outside of the book.
    """
    chapters = chapter_files(project.root, project.layout)
    only = _only(project, files, chapters)
    checked = Checked(project.catalogue())
    found = [*project.options.faults(), *checked.catalogue.faults, *project.faults_of_contents()]
    found += project.faults_of_chapters(checked.catalogue, [path for path in chapters if not only or path in only])
    names = {path.relative_to(project.root).as_posix() for path in only}
    checked.faults = sorted({fault for fault in found if not only or fault.path in names})
    return checked


def fix(project: Project, files: Sequence[str] = ()) -> list[str]:
    """Write what can be mended without changing what it says; return what was done, a line each.

    Raises:
        UsageError: as `check`.
    """
    from exegesis.catalogue.fixing import fix_bibliography

    chapters = chapter_files(project.root, project.layout)
    only = _only(project, files, chapters)
    done = []
    if not only or project.root / project.layout.bibliography in only:
        done += fix_bibliography(project.root, project.layout)
    if project.options["contract"]:
        from exegesis.contract import fix_chapter

        book = project.contract(Catalogue())
        for path in chapters:
            if (not only or path in only) and fix_chapter(book, path):
                done.append(f"{path.relative_to(project.root).as_posix()}: written in its canonical form")
    return done


def _only(project: Project, files: Sequence[str], chapters: Collection[Path]) -> set[Path]:
    """Return the files that are meant, as they are named from where the command is run, or from the book's folder."""
    found = set()
    for name in files:
        places = [Path(name).resolve(), project.root / name]
        path = next((path for path in places if path.is_file() and project.root in path.parents), None)
        if path is None:
            known = [each.relative_to(project.root).as_posix() for each in chapters]
            known += [TOC, project.layout.bibliography, project.layout.keywords]
            raise UsageError(f"there is no file '{name}' in this book; {closest(name, known)}")
        found.add(path)
    return found


def print_faults(faults: Collection[Fault], form: str) -> None:
    """Print faults a line each: as ``text`` for people, as ``github`` for its pages of a pull request."""
    for fault in faults:
        if form == "github":
            print(annotation(fault))
        else:
            print(printable(fault.told), file=sys.stderr)


def annotation(fault: Fault, level: str = "error") -> str:
    """Return a fault as a command of a GitHub workflow, which shows it beside the line: an error, or a notice."""
    where = {"file": fault.path, "title": fault.name}
    if fault.line and not fault.path.endswith(".ipynb"):  # of a notebook the line is a cell
        where |= {"line": str(fault.line)} | ({"col": str(fault.column)} if fault.column else {})
    place = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in where.items() if value)
    return f"::{level} {place}::{_escaped(fault.message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
