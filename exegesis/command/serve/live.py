"""The server of the preview: the site's files, and for each open page a word when it was built again."""

from __future__ import annotations

import json
from asyncio import Future
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RedirectHandler, RequestHandler, StaticFileHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from exegesis.fault import Fault

_SCRIPT = Path(__file__).with_name("live.js")
_NONE = "none"  # the version of a page that is not there


class Live:
    """Serves a site on this machine, and tells the browsers of its builds."""

    def __init__(self, site: Path, page: str = "") -> None:
        """Serve a folder; ``page`` is the one page of a site that has no home page."""
        self.site = site
        self.faults: list[Fault] = []
        self.readers: set[_Reader] = set()
        self._server = HTTPServer(
            Application(
                [
                    ("/_live", _Reader, {"live": self}),
                    ("/_live.js", _Script),
                    *([("/", RedirectHandler, {"url": f"/{quote(page)}", "permanent": False})] if page else []),
                    ("/(.*)", _Pages, {"path": str(site), "default_filename": "index.html"}),
                ],
                log_function=lambda handler: None,
            )
        )

    def listen(self, port: int) -> None:
        self._server.listen(port, "127.0.0.1")

    def show(self, faults: list[Fault]) -> None:
        """Have every open page that was written again reload, and the others show the faults."""
        self.faults = faults
        for reader in tuple(self.readers):
            reader.tell()

    def close(self) -> None:
        self._server.stop()


def _version(page: Path) -> str:
    try:
        return str(page.stat().st_mtime_ns)
    except OSError:
        return _NONE


def _script(version: str) -> bytes:
    return f'<script src="/_live.js" data-version="{version}"></script>\n'.encode()


class _Pages(StaticFileHandler):
    """The site's files; pages with the script that reloads them.

    A build may put another file in the place of one, or take it away, while it is asked for: it is read once.
    """

    async def get(self, path: str, include_body: bool = True) -> None:
        """Answer; what has gone since it was found is not there."""
        try:
            await super().get(path, include_body)
        except (FileNotFoundError, ValueError):  # also of a name that no file can have
            raise HTTPError(404) from None

    def get_content_size(self) -> int:
        path = Path(self.absolute_path or "")
        if path.suffix != ".html":
            self._content = path.read_bytes()
        else:
            script = _script(_version(path))  # before the page is read, so that it reloads if it is written meanwhile
            socket = f"connect-src 'self' ws://{self.request.host}".encode()  # no 'self' to some browsers
            self._content = path.read_bytes().replace(b"connect-src 'self'", socket, 1) + script
        return len(self._content)

    def get_content(self, abspath: str, start: int | None = None, end: int | None = None) -> bytes:  # type: ignore[override]
        return self._content[start:end]

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")

    def compute_etag(self) -> None:
        """Tornado remembers each file's for ever."""

    def should_return_304(self) -> bool:
        return False  # a file's time is told in seconds, and a build takes less

    def write_error(self, status_code: int, **rest: Any) -> None:
        self.finish(
            b"<!doctype html><title>Not there</title><p>This page is not there, or not yet.</p>" + _script(_NONE)
        )


class _Script(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript")
        self.finish(_SCRIPT.read_bytes())


class _Reader(WebSocketHandler):
    """A page that is open in a browser."""

    def initialize(self, live: Live) -> None:
        self.live = live

    def open(self, *args: str, **kwargs: str) -> None:
        path = unquote(self.get_query_argument("page")).lstrip("/")
        self.page = self.live.site / (f"{path}index.html" if path.endswith("/") or not path else path)
        self.version = self.get_query_argument("version")
        self.live.readers.add(self)
        self.tell()

    def tell(self) -> None:
        try:
            said = {"faults": list(map(str, self.live.faults)), "stale": _version(self.page) != self.version}
            told = self.write_message(json.dumps(said))
        except WebSocketClosedError:
            self.on_close()
        else:
            told.add_done_callback(self._told)

    def _told(self, told: Future[None]) -> None:
        if told.exception():  # the page was left while it was told
            self.on_close()

    def on_close(self) -> None:
        self.live.readers.discard(self)
