"""Code that is run aside: what it binds, and what it does to values that were there, is gone afterwards.

In a kernel and in the reader's browser alike, so that an exercise begins with the same state in both. Values are
copied, those that can't be (an open file, say) and what belongs to a module are shared.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

_begun = ExitStack()


@contextmanager
def aside(names: dict[str, Any], without: Collection[str] = ()) -> Iterator[None]:
    """Let code that is run within find copies of all values, and put the values back at the end.

    The dict stays the same one: functions that were defined in it look up their names there.

    Args:
        names: the namespace.
        without: names that are none of the notebook's own.
    """
    kept = dict(names)
    names.update(_copies({name: value for name, value in kept.items() if name not in without and name[:1] != "_"}))
    try:
        yield
    finally:
        names.clear()
        names.update(kept)


def _copies(values: dict[str, Any]) -> dict[str, Any]:
    """Copy values together, so that two names of one thing, or of its parts, still are."""
    known: dict[int, Any] = {id(value): value for value in values.values() if isinstance(value, ModuleType)}
    found = {}
    for name, value in values.items():
        try:
            found[name] = copy.deepcopy(value, known)
        except Exception:  # whatever a class of somebody else's does
            found[name] = value
    return found


def begin() -> None:
    """Begin to run code aside, in the kernel that this is."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    _begun.enter_context(aside(shell.user_ns, without=shell.user_ns_hidden))


def end() -> None:
    """Put everything back as it was before `begin`."""
    _begun.close()
