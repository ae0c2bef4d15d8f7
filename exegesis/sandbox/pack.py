"""Runs a command within the sandbox, and gives back a folder of what it made: an archive, through a pipe.

    python pack.py PIPE FOLDER COMMAND...

It ends as the command does; of one that fails nothing is given back. It is run by its path, and imports nothing of
the package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile


def main(pipe: str, folder: str, *command: str) -> int:
    """Run the command; return its status."""
    os.set_inheritable(int(pipe), False)
    status = subprocess.run(command, check=False).returncode
    if status == 0 and os.path.isdir(folder):  # noqa: PTH112 (nothing that takes a while to import)
        with os.fdopen(int(pipe), "wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
            archive.add(folder, arcname=".")
    return 128 - status if status < 0 else status  # as a shell tells of a signal


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
