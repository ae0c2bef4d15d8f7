"""Running notebooks truthfully, before the book is assembled. Imports no Sphinx, but for the module that serves it."""

from .compare import run_fresh
from .failure import ExecutorError, Failure
from .notebook import Options, read_notebook
from .run import Executes, Run, run_notebooks
from .store import Store, with_outputs

__all__ = [
    "Executes",
    "ExecutorError",
    "Failure",
    "Options",
    "Run",
    "Store",
    "read_notebook",
    "run_fresh",
    "run_notebooks",
    "with_outputs",
]
