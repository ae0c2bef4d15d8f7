"""Running notebooks truthfully, before the book is assembled. Imports no Sphinx, but for the module that serves it."""

import exegesis.schema  # noqa: F401 - before nbformat, which imports jsonschema with all that it has
from exegesis.limits import Limits

from .compare import run_fresh
from .failure import ExecutorError, Failure
from .notebook import Options, read_notebook
from .run import Executes, Run, run_notebooks
from .store import Needs, Result, Store, recorded_needs, with_outputs

__all__ = [
    "Executes",
    "ExecutorError",
    "Failure",
    "Limits",
    "Needs",
    "Options",
    "Result",
    "Run",
    "Store",
    "read_notebook",
    "recorded_needs",
    "run_fresh",
    "run_notebooks",
    "with_outputs",
]
