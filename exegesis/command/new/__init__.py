"""``exegesis new``: begins a chapter that builds at once and keeps to the contract, with its test and its place."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from exegesis.catalogue import Paper, chapter_files
from exegesis.catalogue.shelf import ascii_name
from exegesis.command.project import Project, UsageError
from exegesis.contents import NAME as TOC
from exegesis.contents import line_to_add
from exegesis.contract.beginning import BLANK, beginning
from exegesis.templates import templates_in
from exegesis.text import read_text

from .place import with_entry
from .record import FaultyRecordError, Source, take, with_record

__all__ = ["Begun", "FaultyRecordError", "Source", "begin"]
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SMALL = {"a", "an", "the", "of", "for", "on", "in", "to", "and", "with", "by", "from", "via", "is"}


@dataclass
class Begun:
    """What was written, and what to do next."""

    written: list[tuple[str, str]] = field(default_factory=list)  # the file, and what it is
    advice: str = ""


def begin(project: Project, source: Source, slug: str = "", author: str = "") -> Begun:
    """Write a chapter, its test, its record and its line in ``_toc.yml``; all of them or nothing.

    Raises:
        UsageError: it can't be done; nothing was written.
        FaultyRecordError: the record has faults; nothing was written.
    """
    root, layout = project.root, project.layout
    taken = take(root, layout, source)
    slug = _slug(project, slug, taken.paper)
    chapter = f"{layout.papers}/{slug}.md"
    folder = "tests/papers" if (root / "tests/papers").is_dir() else "tests"
    test = f"{folder}/test_{slug.replace('-', '_')}.py"
    keyword = _keyword(project, taken.paper)
    values = {"place": chapter, "title": taken.paper.title, "up": str(len(Path(test).parts) - 1)}
    files = {
        chapter: beginning(
            author=" ".join(author.split()) or _git_name() or BLANK["author"],
            date=datetime.date.today().isoformat(),
            key=taken.paper.key,
            keyword=keyword,
            slug=slug,
            title=taken.paper.title,
        ),
        test: templates_in(Path(__file__).parent).get_template("test.txt").render(values),
    }
    for name in files:
        if (root / name).exists() or (root / name).is_symlink():
            raise UsageError(f"{name} is in the way; nothing was written: choose another name with --slug")
    docname = chapter.removesuffix(".md")
    begun = Begun([(chapter, "the chapter"), (test, "its test")])
    toc = _toc(project, docname)
    if toc:
        files[TOC] = toc
        begun.written.append((TOC, "its place; move the line to where it belongs"))
    if taken.added:
        files[layout.bibliography] = with_record(root / layout.bibliography, taken.added)
        begun.written.append((layout.bibliography, f"the record {taken.paper.key}"))
    _write(project, files, docname)
    advice = [f"Its keyword is '{keyword}' until you choose from {layout.keywords}."]
    if docname not in (contents := project.contents()).pages:
        advice.insert(0, f"It has no place yet: {line_to_add(docname, contents.name)}.")
    begun.advice = "\n".join(advice)
    return begun


def _slug(project: Project, wanted: str, paper: Paper) -> str:
    slug = wanted or _short(paper.title) or re.sub(r"\d.*", "", paper.key)
    if not _SLUG.fullmatch(slug):
        near = ascii_name(slug)
        raise UsageError(f"'{slug}' is no name of a chapter; use a-z, 0-9 and -{f', such as {near}' if near else ''}")
    taken = {path.stem: path for path in chapter_files(project.root, project.layout)}
    if slug in taken:
        raise UsageError(f"{taken[slug].relative_to(project.root)} is there already; choose another name with --slug")
    return slug


def _short(title: str) -> str:
    """Return a title as a slug: what stands before its colon, or its first three words that say something."""
    head, colon, _ = title.partition(":")
    words = ascii_name(head if colon and len(head.split()) < 4 else title).split("-")
    return "-".join([word for word in words if word not in _SMALL][:3])


def _keyword(project: Project, paper: Paper) -> str:
    """Return the keyword of the closed list that has most words in common with the title."""
    keywords = project.catalogue().keywords
    if not keywords:
        raise UsageError(f"there is no list of keywords in {project.layout.keywords}; 'exegesis check' tells why")
    words = set(ascii_name(paper.title).split("-")) - _SMALL

    def score(keyword: str) -> int:
        return 3 * len(words & set(keyword.split("-"))) + len(words & set(ascii_name(keywords[keyword]).split("-")))

    return max(keywords, key=score)


def _git_name() -> str:
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _toc(project: Project, docname: str) -> str:
    """Return ``_toc.yml`` with the chapter; empty where it need not, or can't, be changed."""
    path = project.root / TOC
    if not path.is_file():
        return ""
    text = read_text(path)
    new = with_entry(text, project.contents(), docname)
    return new if new != text else ""


def _write(project: Project, files: dict[str, str], docname: str) -> None:
    """Write all files, or none."""
    before = {name: _bytes(project.root / name) for name in files}
    try:
        for name, text in files.items():
            path = project.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if TOC in files and docname not in project.contents().pages:
            raise UsageError(f"{TOC} is written in a way that can't be added to; {line_to_add(docname)} by hand first")
    except (OSError, UsageError) as error:
        for name, data in before.items():
            _restore(project.root / name, data)
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{error.filename} can't be written: {error.strerror}; nothing was") from None


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _restore(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    elif os.access(path, os.W_OK):
        path.write_bytes(data)
