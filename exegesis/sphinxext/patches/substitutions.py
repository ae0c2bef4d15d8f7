"""Substitutions take in text, and run nothing.

MyST-Parser renders ``{{ ... }}`` with a plain Jinja environment, and gives it Sphinx's: from there any expression
comes to Python's own modules, and to a shell. Its option for it is to have no substitutions. Jinja's documentation
says what to do with templates of others: a sandbox. It lets public methods be called; here only plain values are
reached, such as ``env.docname``, for Sphinx's objects read and write files.
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

PLAIN = (str, int, float, date, list, tuple, dict, set, frozenset, types.NoneType)


class Sandbox(ImmutableSandboxedEnvironment):
    """Evaluates substitutions."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return super().is_safe_attribute(obj, attr, value) and (isinstance(obj, PLAIN) or isinstance(value, PLAIN))


def setup(app: Sphinx) -> None:
    """Give MyST-Parser the sandbox where it looks for Jinja."""
    setattr(base, "jinja2", types.SimpleNamespace(**{**vars(jinja2), "Environment": Sandbox}))  # noqa: B010
