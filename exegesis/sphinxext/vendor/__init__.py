"""Others' files that pages use: KaTeX, and the editor of cells.

They are not in the repository. ``hatch_build.py`` takes them out of pinned wheels and puts them
beside this file when the package is built or installed; the wheel of this package has them.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.errors import ExtensionError


def vendored(name: str) -> Path:
    """Return the folder with the files of ``katex`` or ``prism-code-editor``.

    Raises:
        ExtensionError: they were not packed, in a checkout that was never installed.
    """
    folder = Path(__file__).with_name(name)
    if not folder.is_dir():
        raise ExtensionError(
            f"the files of {name} are not in {folder.parent}; run 'make book' in the checkout, or 'pip install -e .'"
        )
    return folder
