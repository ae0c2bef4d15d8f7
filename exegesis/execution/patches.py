"""What is bent of MyST-NB, so that results enter a page that were not computed while it is read.

Seen in MyST-NB 1.4.0. While it reads a page it makes a client of its own, which executes the notebook or asks
jupyter-cache; there it is known by its code alone, so that two notebooks with the same code in different
folders would share one result. There is no other way in: a render plugin comes after the client, and there
is one a book.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import myst_nb.sphinx_
from myst_nb.core.execute import ExecutionError, create_client
from myst_nb.core.execute.base import NotebookClientBase
from nbformat import NotebookNode

from .run import Run
from .store import with_outputs

#: Returns a page's client from its notebook, its path and what else MyST-NB gives.
MakeClient = Callable[..., NotebookClientBase]


class RunBefore(NotebookClientBase):  # type: ignore[misc]  # it has no types
    """Gives a notebook the outputs of a run that ended before pages were read."""

    def start_client(self) -> None:
        run: Run = self._kwargs["run"]
        assert run.result
        failure = run.failure
        if failure and self.nb_config.execution_raise_on_error:
            raise ExecutionError(f"{self.path}:{failure.line}: {failure.what}")
        self._notebook = with_outputs(self.notebook, run.result.file)
        self.exec_metadata = {
            "mtime": run.result.file.stat().st_mtime,
            "runtime": run.seconds,
            "method": self.nb_config.execution_mode,
            "succeeded": failure is None,
            "error": failure and failure.what,
            "traceback": self._kwargs["traceback"],
        }


class NotRun(NotebookClientBase):  # type: ignore[misc]  # it has no types
    """Leaves a notebook as it is."""


def install(make: MakeClient) -> None:
    """Let MyST-NB's parser ask here for the client of each page."""
    myst_nb.sphinx_.create_client = make


def uninstall() -> None:
    """Give MyST-NB its own clients back."""
    myst_nb.sphinx_.create_client = create_client


def stock_client(*arguments: Any) -> NotebookClientBase:
    """Return MyST-NB's own client."""
    return create_client(*arguments)


def plain(value: Any) -> Any:
    """Return metadata with dates as text: YAML knows them, and MyST-NB ends with an error where it writes JSON."""
    if isinstance(value, dict):
        for name, part in value.items():
            value[name] = plain(part)
    elif isinstance(value, list):
        value[:] = map(plain, value)
    return value.isoformat() if isinstance(value, date) else value


def executed(client: NotebookClientBase | None) -> NotebookNode | None:
    """Return the notebook of a client, if it was run to its end."""
    ran = client is not None and client.exec_metadata is not None and client.exec_metadata["succeeded"]
    return client.notebook if client is not None and ran else None
