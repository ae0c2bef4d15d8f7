"""A head start for kernels: their warm process begins while the builder is still being imported."""

from __future__ import annotations

from exegesis.kernel.client import CAN_FORK, WarmProcess
from exegesis.kernel.environment import kernel_environment, set_environment
from exegesis.project import Project, UsageError, store_path

BEGINNING = ("numpy", "matplotlib.pyplot")  # what most chapters import first


def warm_up(project: Project) -> None:
    """Start the warm process, as far as most chapters need it.

    Whoever runs the chapters ends it when none is left, and if none was to be run.
    """
    if CAN_FORK:
        set_environment(project.root)
        folder = (project.root / project.layout.papers).resolve()
        WarmProcess.shared().prepare([str(folder), *BEGINNING], kernel_environment())


def may_be_stale(project: Project) -> bool:
    """Say quickly whether a page was changed since the store was last asked; of data it knows nothing.

    Opening the store takes longer than what could be saved.
    """
    try:
        asked = store_path(project.root).stat().st_mtime
        return any(page.stat().st_mtime > asked for page in project.pages())
    except FileNotFoundError:
        return True
    except UsageError:
        return False
