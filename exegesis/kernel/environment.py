"""What a kernel inherits, so that one commit gives one result wherever it is built."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FIXED = {
    "PYTHONHASHSEED": "0",  # sets and dicts in one order
    # One thread: results do not hang on the number of cores, and kernels do not fight for them.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def set_environment(root: Path) -> None:
    """Set the environment of this process, which kernels inherit.

    SOURCE_DATE_EPOCH becomes the commit's date unless the caller has set it; outside a
    repository it stays unset.
    """
    os.environ.update(FIXED)
    if "SOURCE_DATE_EPOCH" not in os.environ and (date := _commit_date(root)):
        os.environ["SOURCE_DATE_EPOCH"] = date


def kernel_environment() -> dict[str, str]:
    """Return a kernel's environment: this process's, with one date, lest a result hang on the commit of its run.

    Pytest's variable would keep ipykernel from capturing what C code prints.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**kept, "SOURCE_DATE_EPOCH": "315532800"}


def _commit_date(root: Path) -> str | None:
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None
