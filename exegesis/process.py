"""The settings of a process that does nothing but build."""

from __future__ import annotations

import atexit
import gc
import warnings

import yaml


def settle() -> None:
    """Make them; before libraries are imported, for a fifth of that time is looking for garbage."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # of libraries; the tests see ours
    yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]  # in C, for all of yaml.safe_load
    gc.set_threshold(100_000, 20, 20)  # most objects live as long as a build: looking through them is a tenth of it
    atexit.register(gc.freeze)  # nor need the end of the process, which otherwise takes longer than an edited page
