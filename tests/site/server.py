"""Serves the built site on the loopback as a real host would: text is compressed."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import threading
from pathlib import Path
from typing import Any

#: What hosts compress; pictures, fonts and the search index are compressed already.
TEXT = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt", ".md", ".bib", ".ipynb"}


@functools.lru_cache(maxsize=512)
def _compressed(path: str, changed: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), compresslevel=6, mtime=0)


class Handler(http.server.SimpleHTTPRequestHandler):
    """One answer."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".woff2": "font/woff2"}

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        if path.suffix not in TEXT or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        data = _compressed(str(path), path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return io.BytesIO(data)

    def log_message(self, *args: object) -> None:
        pass


class SiteServer(http.server.ThreadingHTTPServer):
    """A site's folder at an address of this machine, while the context lasts."""

    daemon_threads = True

    def __init__(self, folder: Path, handler: type[Handler] = Handler) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> SiteServer:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *args: object) -> None:
        """A browser may leave before it has the whole answer."""
