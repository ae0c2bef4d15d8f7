"""Running chapters truthfully, before the book is assembled. Imports no Sphinx."""

from exegesis.execution.store import Store, stored_result

from .compare import run_fresh
from .failure import ExecutorError, Failure
from .notebook import read_notebook
from .run import Executes, Run, run_notebooks

__all__ = [
    "Executes",
    "ExecutorError",
    "Failure",
    "Run",
    "Store",
    "read_notebook",
    "run_fresh",
    "run_notebooks",
    "stored_result",
]
