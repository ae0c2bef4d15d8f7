"""Lighthouse's scores for accessibility, best practices and search engines, of one page of each kind.

    python -m tests.site.lighthouse      asks for 100 of 100 ('make lighthouse')

It needs Node.js, whose npm fetches Lighthouse by the hashes of a lock: it is no part of the tests. The
score for speed is not asked for: that of one unchanged page spans 47 to 87 from run to run. What
makes a page slow is measured by weight.py instead, in bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from exegesis.command.pdf.chromium import NoBrowserError, executable
from tests.site.server import SiteServer
from tests.site.weight import SITE

LIGHTHOUSE = Path("_build/lighthouse/node_modules/.bin/lighthouse")
CATEGORIES = ("accessibility", "best-practices", "seo")
PAGES = ("book/index.html", "book/papers/concrete.html", "book/browse/keywords.html", "search.html")
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def report(url: str) -> dict[str, Any]:
    """Return Lighthouse's report on an address."""
    command = [str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--chrome-flags={_FLAGS}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", "--no-enable-error-reporting"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"CHROME_PATH": executable()}
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def faults(answer: dict[str, Any]) -> list[str]:
    """Return what keeps a page from 100, a line each."""
    found = []
    for category in answer["categories"].values():
        for part in category["auditRefs"]:
            audit = answer["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                items = [json.dumps(item)[:300] for item in audit.get("details", {}).get("items", [])[:3]]
                found.append("\n      ".join([f"{audit['id']}: {audit['title']}", *items]))
    return found


def main() -> int:
    """Print the scores; return 1 if one is below 100, 2 if there is no Lighthouse, browser or site."""
    if not LIGHTHOUSE.exists():
        print(f"There is no {LIGHTHOUSE}; 'make lighthouse' puts it there.", file=sys.stderr)
        return 2
    try:
        executable()
    except NoBrowserError as reason:
        print(reason, file=sys.stderr)
        return 2
    wrong = False
    with SiteServer(SITE) as server:
        for page in PAGES:
            answer = report(f"{server.address}/{page}")
            scores = {name: round(100 * (answer["categories"][name]["score"] or 0)) for name in CATEGORIES}
            print(f"{page:32}" + "   ".join(f"{name} {score}" for name, score in scores.items()), flush=True)
            for fault in faults(answer):
                print(f"    {fault}")
            wrong = wrong or min(scores.values()) < 100
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
