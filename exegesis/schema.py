"""JSON Schema, imported without the grammars of addresses that no schema of ours asks for.

jsonschema looks for `rfc3987_syntax` to check the format ``iri``. Where JupyterLab is installed, as for ``make lab``,
it is there, and builds 38 grammars when it is imported: a second, before any command has done a thing. While jsonschema
is imported, that module is therefore not to be found, which is what jsonschema expects of an optional one.
Seen in jsonschema 4.26.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SLOW = "rfc3987_syntax"


@contextmanager
def _unseen(name: str) -> Iterator[None]:
    """Keep a module that is not imported yet from being found."""
    hidden = sys.modules.setdefault(name, None) is None  # type: ignore[arg-type]
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


with _unseen(_SLOW):
    from jsonschema import Draft202012Validator as Validator

__all__ = ["Validator"]
