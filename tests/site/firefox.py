"""The main kinds of page in an installed Firefox, with Pyodide from this machine.

    python -m tests.site.firefox         opens and uses each, and asks for no error ('make firefox')

What is opened, and what must come of it, stands in firefox.mjs. It needs Firefox and Node.js, whose npm
fetches puppeteer by the hashes of a lock: it is no part of the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from exegesis.browser import pyodide
from tests.site.hosting import FILES, HostingServer
from tests.site.weight import SITE

NAMES = ("firefox", "firefox-esr")
SECONDS = 280  # all pages, on a busy machine


def main() -> int:
    """Print what is wrong; return 1 if anything is, 2 if there is no Firefox or no Pyodide."""
    firefox = os.environ.get("FIREFOX_EXECUTABLE") or next(filter(None, map(shutil.which, NAMES)), None)
    if firefox is None:
        print(f"no Firefox found (looked for {', '.join(NAMES)}; FIREFOX_EXECUTABLE names one)", file=sys.stderr)
        return 2
    if missing := list(pyodide.faults(FILES)):
        print(f"{missing[0]}; run 'make pyodide'", file=sys.stderr)
        return 2
    with HostingServer(SITE) as server:
        command = ["node", str(Path(__file__).with_suffix(".mjs")), firefox, server.address]
        return subprocess.run(command, timeout=SECONDS).returncode


if __name__ == "__main__":
    sys.exit(main())
