"""Where chapters are run: on this machine, or by the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exegesis.command.project import Project, UsageError
from exegesis.kernel.environment import decisive

if TYPE_CHECKING:
    from exegesis.execution import Executes


@contextmanager
def executor_of(project: Project, scheduler: str | None) -> Iterator[Executes | None]:
    """Give what runs the chapters: the workers of a cluster, or None for this machine.

    Raises:
        UsageError: there is no Dask, or no cluster at that address.
    """
    if scheduler is None:
        yield None
        return
    from exegesis.execution import ExecutorError

    try:
        from exegesis.execution.cluster.executor import ClusterExecutor
    except ModuleNotFoundError as error:
        raise UsageError(f"--scheduler needs Dask ({error}); install it with: pip install -e '.[cluster]'") from None
    try:
        environment = None if project.foreign else decisive(project.kernel_environment())
        yield ClusterExecutor(scheduler, project.root / "requirements.lock", project.limits(), environment)
    except ExecutorError as error:
        raise UsageError(str(error)) from None
