"""``exegesis lab``: JupyterLab, in which a chapter opens as a notebook and a claim's cell says what became of it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from exegesis.command.project import Project, UsageError

#: What JupyterLab is told by: the viewer of Markdown, and a kernel with `exegesis.kernel.verdicts`.
FOLDER = Path(__file__).parent


def lab(project: Project, options: Sequence[str] = ()) -> int:
    """Run JupyterLab in a book's folder, and return its status.

    Args:
        project: the book.
        options: of `jupyter lab`.

    Raises:
        UsageError: it, or jupytext, is not installed.
    """
    for name in ("jupyterlab", "jupytext"):
        if not importlib.util.find_spec(name):
            raise UsageError(f"{name} is not installed; install it with: pip install 'exegesis[lab]'")
    command = [sys.executable, "-P", "-m", "jupyterlab", *options]
    return subprocess.run(command, cwd=project.root, env=environment(os.environ), check=False).returncode


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return variables by which Jupyter finds `FOLDER`, after what the user's own variables name."""
    return {
        **given,
        **{
            name: os.pathsep.join(filter(None, [given.get(name), str(FOLDER)]))
            for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
        },
    }
