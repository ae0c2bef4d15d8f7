"""A book on disk, with a `_config.yml` or a `conf.py`: where its files are, and which pages it has."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exegesis.catalogue import Catalogue, Layout, chapter_files, load_catalogue
from exegesis.catalogue.load import SUFFIXES
from exegesis.command.configuration import EXTENSION, NAME, ConfigurationError, read_settings
from exegesis.contents import NAME as TOC
from exegesis.contents import Contents, Page, read_contents
from exegesis.fault import Fault, Kind, closest
from exegesis.kernel.environment import kernel_environment, short_environment
from exegesis.paths import home_path, store_path
from exegesis.settings import Settings
from exegesis.text import UnreadableError

if TYPE_CHECKING:  # it takes a while to import
    from exegesis.contract import Book
    from exegesis.limits import Limits

CONF = "conf.py"


class UsageError(Exception):
    """The command can't do what was asked; the message is for whoever typed it."""


@dataclass(frozen=True)
class Project:
    """A Jupyter Book 1.x project, or one of Sphinx's own kind."""

    root: Path
    options: Settings
    settings: dict[str, Any]  # of _config.yml, or conf.py's in its form
    given: dict[str, str] = field(default_factory=dict)  # Sphinx's, that the command line gave

    @classmethod
    def open(cls, root: Path) -> Project:
        """Read the settings that the command needs.

        Raises:
            UsageError: there is no book here, or its configuration has faults.
        """
        plain = (root / CONF).is_file() and not (root / NAME).is_file()
        for name in () if plain else (NAME, TOC):
            if not (root / name).is_file():
                raise UsageError(f"there is no {name} in {root.resolve()}; run this in a book's folder")
        try:
            config = _read_conf(root) if plain else read_settings(root / NAME)
        except ConfigurationError as error:
            raise UsageError(str(error)) from None
        own = {name: config[name] for name in ("bibtex_bibfiles",) if name in config}  # Jupyter Book's own place
        own |= config.get("sphinx", {}).get("config", {})
        return cls(root.resolve(), Settings(root.resolve(), own), config)

    @property
    def configuration(self) -> str:
        """The file that the settings are in."""
        return self.options.file

    @property
    def layout(self) -> Layout:
        return self.options.layout

    @property
    def foreign(self) -> bool:
        """Whether it is a book that does not use this package's extension."""
        return EXTENSION not in self.settings.get("sphinx", {}).get("extra_extensions", [])

    def limits(self) -> Limits:
        """Return what a chapter may use.

        Raises:
            UsageError: ``execute: timeout`` is no number above 0.
        """
        from exegesis.limits import Limits

        try:
            timeout = self.settings.get("execute", {}).get("timeout", Limits.cell)
            return Limits.read(timeout, self.options["limits"])
        except (ValueError, AttributeError) as error:
            raise UsageError(f"{self.configuration}: {error}") from None

    def kernel_environment(self) -> dict[str, str]:
        """Return what kernels get: in a book with the extension nothing of the user's that decides a result."""
        if self.foreign:
            return kernel_environment()
        return short_environment(home_path(store_path(self.root)), self.options["environment"])

    def catalogue(self) -> Catalogue:
        return load_catalogue(self.root, self.layout)

    def faults_of_chapters(self, catalogue: Catalogue, paths: Iterable[Path]) -> list[Fault]:
        """Return what these chapters do not keep to, if the book has the contract."""
        if not self.options["contract"]:
            return []
        from exegesis.contract import check_chapters

        without = self.options.given.get("suppress_warnings") or []
        processes = os.cpu_count() or 1
        return list(check_chapters(self.contract(catalogue), paths, without=without, processes=processes))

    def contract(self, catalogue: Catalogue) -> Book:
        """Return what the rules of the contract ask of the book."""
        from exegesis.contract import Book

        try:
            pages = {name: page.path for name, page in self.contents().pages.items()}
        except UsageError:  # told by itself
            pages = {}
        libraries, uses = frozenset(self.options["libraries"]), frozenset(self.options["uses"])
        return Book(self.root, self.layout, libraries, self.options["words"], uses, catalogue, pages)

    def pages(self) -> list[Path]:
        """Return the pages that exist: those of ``_toc.yml`` in its order, without one all by name.

        Raises:
            UsageError: ``_toc.yml`` can't be read.
        """
        return [page.path for page in self.contents().pages.values()]

    def contents(self) -> Contents:
        """Return what ``_toc.yml`` says; of a book that has none, its pages.

        Raises:
            UsageError: it can't be read.
        """
        if not self._is_listed:
            return Contents(CONF, {name: Page(path, 1) for name, path in self._found().items()})
        try:
            return read_contents(self.root)
        except UnreadableError as error:
            raise UsageError(str(error.fault(TOC, Kind.TOC))) from None

    def chapters(self, wanted: Sequence[str] = ()) -> dict[str, Path]:
        """Return the chapters by slug.

        Raises:
            UsageError: one that is wanted is not among them, or ``_toc.yml`` can't be read.
        """
        contents = self.contents()
        folder = self.root / self.layout.papers
        chapters = {page.path.stem: page.path for page in contents.pages.values() if folder in page.path.parents}
        for slug in wanted:
            if slug not in chapters:
                raise UsageError(self._no_chapter(contents, slug, list(chapters)))
        return chapters

    def _no_chapter(self, contents: Contents, slug: str, known: list[str]) -> str:
        """Say why there is no such chapter: its file is missing, or it is not listed, or there is none of the name."""
        for docname, line in contents.missing.items():
            if docname.rpartition("/")[2] == slug:
                return f"{contents.name}:{line}: there is no file for '{docname}'; write it, or take the entry out"
        for path in chapter_files(self.root, self.layout):
            if path.stem == slug:
                return next(f"{fault}" for fault in contents.outside(self.root, [path]))
        return f"there is no chapter '{slug}' in {contents.name}; {closest(slug, known)}"

    def faults_of_contents(self) -> list[Fault]:
        """Return what is wrong with ``_toc.yml``, and the chapters that it leaves out."""
        if not self._is_listed:
            return []
        try:
            read = read_contents(self.root)
        except UnreadableError as error:
            return [error.fault(TOC, Kind.TOC)]
        return [*read.faults, *read.outside(self.root, chapter_files(self.root, self.layout))]

    @property
    def _is_listed(self) -> bool:
        """Whether the book has a table of contents; one with a conf.py may do without."""
        return self.configuration != CONF or (self.root / TOC).is_file()

    def _found(self) -> dict[str, Path]:
        """Return the documents that Sphinx finds, by name."""
        from sphinx.project import Project as Documents  # it takes a while to import

        own = self.settings["sphinx"]["config"]
        patterns = [*own["exclude_patterns"], *own.get("templates_path", []), ".*", "**/.*"]
        documents = Documents(self.root, dict.fromkeys(SUFFIXES))
        found = documents.discover(patterns, own.get("include_patterns", ["**"]))
        return {name: Path(documents.doc2path(name, True)) for name in sorted(found)}

    @property
    def build(self) -> Path:
        return self.root / "_build"


def _read_conf(root: Path) -> dict[str, Any]:
    """Return the settings of a `conf.py`, in the form of `_config.yml`.

    Raises:
        ConfigurationError: it can't be run, or does not load this package's extension.
    """
    from sphinx import version_info
    from sphinx.config import eval_config_file  # it takes a while to import
    from sphinx.errors import ConfigError
    from sphinx.util.tags import Tags

    path = root.resolve() / CONF
    try:
        found = eval_config_file(path if version_info >= (9,) else str(path), Tags())  # type: ignore[arg-type]
    except ConfigError as error:
        raise ConfigurationError([_failed(path, error)]) from None
    if EXTENSION not in found.get("extensions", []):
        raise ConfigurationError(
            [Fault(CONF, 1, f"'extensions' has no '{EXTENSION}'", "add it there", Kind.SETTING.code)]
        )
    found["exclude_patterns"] = [*found.get("exclude_patterns", []), "_build"]
    timeout = {"timeout": found["nb_execution_timeout"]} if "nb_execution_timeout" in found else {}
    return {"execute": timeout, "sphinx": {"extra_extensions": found["extensions"], "config": found}}


def _failed(path: Path, error: Exception) -> Fault:
    """Return what is wrong, with the line of `conf.py`, which Sphinx has as text only."""
    cause = error.__context__ or error
    lines = [frame.lineno for frame in traceback.extract_tb(cause.__traceback__) if frame.filename == str(path)]
    line = cause.lineno if isinstance(cause, SyntaxError) else lines[-1] if lines else 1
    what = cause.msg if isinstance(cause, SyntaxError) else str(cause)
    told = f"{type(cause).__name__}: {' '.join(what.split())}"
    return Fault(CONF, line or 1, f"{CONF} can't be run: {told}", "correct it there", Kind.SETTING.code)
