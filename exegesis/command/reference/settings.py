"""The page of settings and of kinds of faults, made from what is declared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from exegesis.fault import Kind
from exegesis.settings import PREFIX, SETTINGS
from exegesis.sphinxext.faults import HINTS
from exegesis.sphinxext.settings import NEIGHBOURS

_REBUILD = {"env": "all pages are read", "html": "all pages are written", "": "no page is made"}
_BEGINNING = """\
# Settings

% Made by 'make reference' from exegesis/settings.py, exegesis/sphinxext/settings.py, exegesis/fault.py
% and exegesis/sphinxext/faults.py.

A book sets what it wants otherwise in `_config.yml`, under `sphinx: config:`, or in `conf.py`.
All settings have defaults; a book that only loads `exegesis.sphinxext` builds.
A name that there is not, and a value that is not right, is a fault that names the file and the line.

## What a book can set
"""
_NEIGHBOURS = """\
## What is set beside them

Some options of Sphinx and of sphinxcontrib-bibtex have to suit.
They are set where the book does not set them; where nothing else can work, another value is a fault.
`bibtex_bibfiles` is the list with the one file of `exegesis_bibliography`; a book gives one of the two.
"""
_FAULTS = """\
(kinds-of-faults)=
## Kinds of faults

Every fault has the type `exegesis` and one of these subtypes, as Sphinx's warnings have.
"""
_OTHERS = """\
What Sphinx and other extensions warn of is a fault too, by their own names.
Of these it is known how they are mended:
"""


def page() -> str:
    """Return the page."""
    kinds = [_FAULTS, *_kinds(), "", _OTHERS, *_others(), ""]
    return "\n".join([_BEGINNING, *_settings(), _NEIGHBOURS, *_neighbours(), "", *kinds])


def _settings() -> Iterator[str]:
    for name, setting in SETTINGS.items():
        yield f"`{PREFIX}{name}`"
        yield f": {setting.help}"
        yield f"  Give {setting.wants}."
        yield f"  Default: `{json.dumps(setting.default())}`. When it changes, {_REBUILD[setting.rebuild]} anew."
        yield ""


def _neighbours() -> Iterable[str]:
    yield from ("| option | value | why | another value |", "|---|---|---|---|")
    for name, each in NEIGHBOURS.items():
        yield f"| `{name}` | `{json.dumps(each.value)}` | {each.why} | {'a fault' if each.needed else 'may be given'} |"


def _kinds() -> Iterable[str]:
    yield from ("| subtype | what it is about |", "|---|---|")
    for kind in Kind:
        yield f"| `{kind.code}` | {kind.meaning} |"


def _others() -> Iterable[str]:
    yield from ("| type and subtype | how to mend it |", "|---|---|")
    for code, mend in HINTS.items():
        yield f"| `{code}` | {mend.format(bibliography='the bibliography')} |"
