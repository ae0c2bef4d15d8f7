"""A book on disk: where its files are, and which pages it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

from exegesis.catalogue import Catalogue, Layout, load_catalogue
from exegesis.kernel.environment import kernel_environment, short_environment
from exegesis.paths import home_path, store_path
from exegesis.settings import Settings

if TYPE_CHECKING:  # it takes a while to import
    from exegesis.execution.limits import Limits

_EXTENSION = "exegesis.sphinxext"


class UsageError(Exception):
    """The command can't do what was asked; the message is for whoever typed it."""


@dataclass(frozen=True)
class Project:
    """A Jupyter Book 1.x project."""

    root: Path
    options: Settings
    settings: dict[str, Any]  # of _config.yml
    given: dict[str, str] = field(default_factory=dict)  # Sphinx's, that the command line gave

    @classmethod
    def open(cls, root: Path) -> Project:
        """Read the settings that the command needs.

        Raises:
            UsageError: there is no book here, or its configuration can't be read.
        """
        for name in ("_config.yml", "_toc.yml"):
            if not (root / name).is_file():
                raise UsageError(f"there is no {name} in {root.resolve()}; run this in a book's folder")
        try:
            config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8")) or {}
            own = {name: config[name] for name in ("bibtex_bibfiles",) if name in config}  # Jupyter Book's own place
            own |= (config.get("sphinx") or {}).get("config") or {}
        except (yaml.YAMLError, AttributeError, TypeError) as error:
            raise UsageError(f"_config.yml can't be read: {' '.join(str(error).split())}") from None
        return cls(root.resolve(), Settings(root.resolve(), own), config)

    @property
    def layout(self) -> Layout:
        return self.options.layout

    @property
    def foreign(self) -> bool:
        """Whether it is a book that does not use this package's extension."""
        return _EXTENSION not in ((self.settings.get("sphinx") or {}).get("extra_extensions") or [])

    def limits(self) -> Limits:
        """Return what a chapter may use.

        Raises:
            UsageError: ``execute: timeout`` is no number above 0.
        """
        from exegesis.execution.limits import Limits

        try:
            timeout = (self.settings.get("execute") or {}).get("timeout", Limits.cell)
            return Limits.read(timeout, self.options["limits"])
        except (ValueError, AttributeError) as error:
            raise UsageError(f"_config.yml: {error}") from None

    def kernel_environment(self) -> dict[str, str]:
        """Return what kernels get: in a book with the extension nothing of the user's that decides a result."""
        if self.foreign:
            return kernel_environment()
        return short_environment(home_path(store_path(self.root)), self.options["environment"])

    def catalogue(self) -> Catalogue:
        return load_catalogue(self.root, self.layout)

    def pages(self) -> list[Path]:
        """Return the Markdown pages that ``_toc.yml`` names and that exist, in its order.

        Raises:
            UsageError: ``_toc.yml`` can't be read.
        """
        try:
            names = list(parse_toc_yaml(self.root / "_toc.yml"))
        except Exception as error:  # the library raises many kinds
            raise UsageError(f"_toc.yml can't be read: {' '.join(str(error).split())}") from None
        found = (self.root / f"{name.removesuffix('.md')}.md" for name in names)
        return [path for path in found if path.is_file()]

    @property
    def build(self) -> Path:
        return self.root / "_build"
