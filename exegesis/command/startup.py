"""What happens before the builder is imported: the process's settings, and a head start for kernels."""

from __future__ import annotations

import atexit
import gc
import warnings

import yaml

from exegesis.command.project import Project, UsageError
from exegesis.kernel.client import CAN_FORK, WarmProcess
from exegesis.kernel.environment import set_environment
from exegesis.paths import store_path

BEGINNING = ("numpy", "matplotlib.pyplot")  # what most chapters import first


def warm_up(project: Project) -> None:
    """Start the warm process, as far as most chapters need it.

    Whoever runs the chapters ends it when none is left, and if none was to be run.
    """
    if CAN_FORK:
        set_environment(project.root)
        folder = (project.root / project.layout.papers).resolve()
        env = project.kernel_environment()
        WarmProcess.shared(env).prepare([str(folder), *BEGINNING], env)


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


def set_up_process() -> None:
    """Make the settings of a process that does nothing but build.

    Before libraries are imported, for a fifth of that time is looking for garbage.
    """
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # of libraries; the tests see ours
    yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]  # in C, for all of yaml.safe_load
    gc.set_threshold(100_000, 20, 20)  # most objects live as long as a build: looking through them is a tenth of it
    atexit.register(gc.freeze)  # nor need the end of the process, which otherwise takes longer than an edited page
