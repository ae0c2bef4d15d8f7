"""Whose code does something: the chapter's own, a library's, the kernel's, or an import's."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterator
from types import FrameType

CHAPTER, LIBRARY, KERNEL, IMPORT = "chapter", "library", "kernel", "import"

STANDARD = os.path.join(os.path.dirname(os.__file__), "")  # noqa: PTH118, PTH120
PACKAGES = tuple(os.path.join(path, "") for path in site.getsitepackages())  # noqa: PTH118
OURS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")  # noqa: PTH100, PTH118, PTH120
#: What a kernel is made of: what these do is no doing of the chapter.
_KERNEL = {"IPython", "comm", "debugpy", "ipykernel", "jupyter_client", "matplotlib_inline", "tornado", "traitlets"}
_KERNEL |= {"zmq", "pexpect", "ptyprocess"}  # through the last two IPython starts processes


def whose(frame: FrameType | None, *, through: bool = False) -> tuple[str, str]:
    """Say whose code called the standard library from this frame.

    Args:
        frame: where to begin, and look outwards.
        through: True to look through the kernel's code too: a chapter's ``!cat`` is run by IPython.

    Returns:
        Whose it is, and the file of a library's code.
    """
    kernel = False
    while frame:
        file = frame.f_code.co_filename
        owner = _owner(file)
        if owner == KERNEL and through:
            kernel = True
        elif owner:
            return (IMPORT if owner == LIBRARY and _is_import(frame) else owner), file
        frame = frame.f_back
    return (KERNEL if kernel else CHAPTER), ""  # a thread that began in the standard library is the chapter's


def _is_import(frame: FrameType | None) -> bool:
    """Say whether a library does this while it is imported."""
    while frame and (owner := _owner(frame.f_code.co_filename)) not in (CHAPTER, IMPORT):
        frame = frame.f_back
    return frame is not None and owner == IMPORT


def standard_names(frame: FrameType | None) -> Iterator[str]:
    """Yield the names of the standard library's functions from this frame outwards."""
    while frame and not _owner(frame.f_code.co_filename):
        yield frame.f_code.co_name
        frame = frame.f_back


def line_of(frame: FrameType | None) -> int:
    """Return the line of its cell that is running, from 1; 0 in a thread."""
    line = 0
    while frame:
        if frame.f_code.co_name == "<module>" and _owner(frame.f_code.co_filename) == CHAPTER:
            line = frame.f_lineno  # of the outermost: a local module has a module's frame too
        frame = frame.f_back
    return line


def _owner(file: str) -> str:
    """Return whose a file is; empty for the standard library's."""
    if file.startswith("<frozen importlib"):
        return IMPORT
    for folder in PACKAGES:
        if file.startswith(folder):
            package = file[len(folder) :].partition(os.sep)[0].removesuffix(".py")
            return KERNEL if package in _KERNEL else LIBRARY
    if file.startswith(OURS):
        return KERNEL
    if f"{os.sep}site-packages{os.sep}" in file:
        return LIBRARY
    return "" if file.startswith((STANDARD, "<frozen ", "<string>")) else CHAPTER


def outside_of_books() -> tuple[str, ...]:
    """Return the folders of Python, of its packages and of the system: known by versions, or no files at all."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/usr", "/usr/local"}  # these have data of all kinds
    folders = {*prefixes, STANDARD, *PACKAGES, OURS, "/proc", "/sys", "/dev"}
    return tuple(os.path.join(path, "") for path in folders)  # noqa: PTH118
