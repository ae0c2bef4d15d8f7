"""Substitutions take in text, and run nothing.

MyST-Parser renders ``{{ ... }}`` with a plain Jinja environment, and gives it Sphinx's: from there any expression
comes to Python's own modules, and to a shell. Its option for it is to have no substitutions. Jinja's documentation
says what to do with templates of others: a sandbox. It lets public methods be called; here only plain values are
reached, such as ``env.docname``, for Sphinx's objects read and write files.

Jinja looks at an attribute before it asks whether it is safe. ``env.app`` is refused before: Sphinx 9 deprecates it and
warns of each look, and where warnings are errors that one would be told at the page, and not that it is refused.
Seen in MyST-Parser 3.0.1 and 5.2.0.
"""

from __future__ import annotations

import types
from datetime import date
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from myst_parser.mdit_to_docutils import base
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PLAIN = (str, int, float, date, list, tuple, dict, set, frozenset, types.NoneType)


class Sandbox(ImmutableSandboxedEnvironment):
    """Evaluates substitutions."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if _is_application(obj, attribute):
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if _is_application(obj, argument):
            return self.unsafe_undefined(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return super().is_safe_attribute(obj, attr, value) and (isinstance(obj, PLAIN) or isinstance(value, PLAIN))


def _is_application(obj: Any, name: Any) -> bool:
    return isinstance(obj, BuildEnvironment) and name == "app"


def setup(app: Sphinx) -> None:
    """Give MyST-Parser the sandbox where it looks for Jinja."""
    setattr(base, "jinja2", types.SimpleNamespace(**{**vars(jinja2), "Environment": Sandbox}))  # noqa: B010
