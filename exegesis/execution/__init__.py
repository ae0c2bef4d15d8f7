"""Running chapters truthfully, before the book is assembled. Imports no Sphinx."""

from .environment import set_environment
from .failure import Failure
from .runner import Run, run_notebooks
from .store import Store, store_path, stored_result

__all__ = ["Failure", "Run", "Store", "run_notebooks", "set_environment", "store_path", "stored_result"]
