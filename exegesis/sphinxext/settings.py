"""The settings of a book, and those of others' extensions that must be set beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from exegesis.fault import Fault
from exegesis.settings import PREFIX, SETTINGS, Settings

from .faults import pass_on
from .patches.config import given


@dataclass(frozen=True)
class Neighbour:
    """An option of Sphinx or of an extension: set to what works, unless the book sets it."""

    value: Any
    why: str
    needed: bool  # nothing else can work


NEIGHBOURS = {
    "html_math_renderer": Neighbour(
        "katex", "formulas are set while the book is built, and another renderer would set them once more", True
    ),
    "math_numfig": Neighbour(False, "formulas are numbered on each page from 1, apart from figures", True),
    "numfig": Neighbour(True, "figures are numbered, and referred to by their number", False),
    "myst_dmath_allow_space": Neighbour(False, "two prices in a sentence are no formula: as Pandoc reads them", False),
    "myst_dmath_allow_digits": Neighbour(False, "with a digit beside it is a price", False),
    "bibtex_cite_id": Neighbour("ref-{key}", "by this address a citation finds its chapter's own list", True),
    "bibtex_reference_style": Neighbour("author_year", "a chapter's list has names and years, and no labels", False),
}


def _settle(app: Sphinx, config: Config) -> None:
    """Give every option its value before anybody asks, and tell what is wrong in the book's."""
    root = Path(app.srcdir)
    settings = Settings(root, {name: _as_meant(config, name, raw) for name, raw in given(config).items()})
    for name in SETTINGS:
        config[PREFIX + name] = settings[name]
    config[PREFIX + "macros"] = settings.macros
    # A book without papers may have none; sphinxcontrib-bibtex insists on an answer.
    known = settings.layout.has_papers(root) or (root / settings["bibliography"]).is_file()
    config.bibtex_bibfiles = [settings["bibliography"]] if known else []
    for name, neighbour in NEIGHBOURS.items():
        if neighbour.needed or name not in settings.given:  # the build goes on, to tell all other faults too
            config[name] = neighbour.value
    for fault in [*settings.faults(), *_unfit_neighbours(settings)]:
        pass_on(app, fault)


def _as_meant(config: Config, name: str, raw: Any) -> Any:
    """Return what Sphinx makes of what was given: a command line gives text, and of any but these it makes true."""
    setting = SETTINGS.get(name.removeprefix(PREFIX))
    if setting and setting.kind is bool and isinstance(raw, str) and raw not in ("", "0", "1"):
        return raw
    return getattr(config, name, raw)


def _unfit_neighbours(settings: Settings) -> Iterator[Fault]:
    for name, neighbour in NEIGHBOURS.items():
        value = settings.given.get(name, neighbour.value)
        if neighbour.needed and value != neighbour.value:
            what = f"{name} is {value!r}, but {neighbour.why}"
            yield settings.fault(name, what, f"take it out, or give {neighbour.value!r}")


def setup(app: Sphinx) -> None:
    """Register the options; unknown ones too, for Sphinx would tell those without their place."""
    for name, setting in SETTINGS.items():
        app.add_config_value(PREFIX + name, setting.default(), setting.rebuild, [setting.kind], setting.help)  # type: ignore[arg-type]
    for name in Settings(Path(app.srcdir), given(app.config)).unknown:
        app.add_config_value(name, None, "")
    app.connect("config-inited", _settle, priority=0)
