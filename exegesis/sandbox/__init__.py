"""Running what a stranger wrote without handing over the machine: bubblewrap's sandbox, and what goes in and comes out.

It knows no Sphinx, and nothing of what runs within: any command can.
"""

from .branch import Gathered, UnknownBranchError, gather, unpack
from .inside import Bounds, Ended, inside
from .walls import BOOK, NoSandboxError, find

__all__ = [
    "BOOK",
    "Bounds",
    "Ended",
    "Gathered",
    "NoSandboxError",
    "UnknownBranchError",
    "find",
    "gather",
    "inside",
    "unpack",
]
