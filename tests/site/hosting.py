"""The built site, served as if it had 'exegesis_pyodide: pyodide/', with what 'make pyodide' fetched."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from exegesis.browser import pyodide
from tests.site.server import Handler, SiteServer

FILES = Path(__file__).parent.parent.parent / "_build" / "pyodide"
#: For Chromium: no host but this machine can be found.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


class _Handler(Handler):
    server: HostingServer

    def translate_path(self, path: str) -> str:
        if path.startswith("/pyodide/"):
            return str(FILES / path.removeprefix("/pyodide/"))
        return super().translate_path(path)

    def send_head(self) -> Any:
        self.server.asked.append(self.path)
        if self.server.blocked and self.server.blocked in self.path:
            return self.send_error(503)
        if not self.path.partition("?")[0].endswith(".html"):
            return super().send_head()
        page = Path(self.translate_path(self.path)).read_text("utf-8")
        address = pyodide.manifest()["address"]  # which the policy has too, where its own folder needs no word
        data = page.replace(f"'self' {address};", "'self';").replace(address, "/pyodide/").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return io.BytesIO(data)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        self.server.sent += (
            len(source.getvalue()) if isinstance(source, io.BytesIO) else os.fstat(source.fileno()).st_size
        )
        super().copyfile(source, outputfile)


class HostingServer(SiteServer):
    """The site with Pyodide beside it; knows what was asked for, and can refuse a file."""

    def __init__(self, site: Path) -> None:
        super().__init__(site, _Handler)
        self.asked: list[str] = []
        self.blocked = ""  # a part of the path that is refused
        self.sent = 0  # bytes
