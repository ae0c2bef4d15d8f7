"""What the preview sends while a build writes."""

import asyncio
import gc
import socket
import struct
from urllib.parse import quote

import pytest
from tornado.testing import AsyncHTTPTestCase, bind_unused_port
from tornado.web import Application

from exegesis.command.serve.live import Live, _Pages


class Hurried(_Pages):
    """A build is quicker: the file is another one, or gone, as soon as something is known of it."""

    def get_modified_time(self):
        if self.path == "gone.css":
            self.application.site.joinpath(self.path).unlink()
        return super().get_modified_time()

    def get_content_size(self):
        size = super().get_content_size()
        self.application.site.joinpath(self.path).write_text("as long as one likes" * 100, encoding="utf-8")
        return size


class TestABuildThatIsQuicker(AsyncHTTPTestCase):
    @pytest.fixture(autouse=True)
    def _site(self, tmp_path):
        self.site = tmp_path

    def get_app(self):
        for name in ("page.html", "look.css", "gone.css"):
            (self.site / name).write_text("short", encoding="utf-8")
        application = Application([("/(.*)", Hurried, {"path": str(self.site)})], log_function=lambda handler: None)
        application.site = self.site
        return application

    def test_one_file_is_sent_and_not_the_length_of_another(self):
        assert self.fetch("/look.css").body == b"short"
        page = self.fetch("/page.html")
        assert page.code == 200
        assert page.body.startswith(b"short<script")

    def test_what_has_gone_meanwhile_is_not_there(self):
        answer = self.fetch("/gone.css")
        assert answer.code == 404
        assert b"not there" in answer.body


class TestNames(AsyncHTTPTestCase):
    @pytest.fixture(autouse=True)
    def _site(self, tmp_path, caplog):
        self.site, self.log = tmp_path, caplog

    def get_app(self):
        return Application([("/(.*)", _Pages, {"path": str(self.site)})], log_function=lambda handler: None)

    def test_a_name_of_any_kind_is_an_address(self):
        for name in ("a b.html", "a%20b.html", "a#b?c.html", ".h.html", "日本.html", "q'\\&.html"):
            (self.site / name).write_text(name, encoding="utf-8")
            assert self.fetch(f"/{quote(name)}").body.startswith(name.encode())

    def test_the_policy_of_a_page_lets_it_hear_of_builds(self):
        (self.site / "page.html").write_text("connect-src 'self' https://example.org; more", encoding="utf-8")
        page = self.fetch("/page.html").body.decode()
        assert page.startswith(f"connect-src 'self' ws://127.0.0.1:{self.get_http_port()} https://example.org; more")

    def test_an_address_of_no_file_is_answered_without_a_traceback(self):
        names = ("%00", "x" * 5000, "a/%2e%2e/%2e%2e/etc/passwd", "%ff")
        assert [self.fetch(f"/{name}").code for name in names] == [404, 404, 403, 400]
        assert not [record for record in self.log.records if record.exc_info]


def test_a_page_that_is_left_while_it_is_told_is_left_in_silence(tmp_path):
    async def leave():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        live, (taken, port) = Live(tmp_path), bind_unused_port()
        live._server.add_socket(taken)
        reader = socket.create_connection(("127.0.0.1", port))
        reader.sendall(
            b"GET /_live?page=/a.html&version=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        async with asyncio.timeout(10):
            while not live.readers:
                await asyncio.sleep(0)
            live.show(["x" * 30_000_000])  # more than is on its way at once
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.close()
            while live.readers:
                await asyncio.sleep(0)
        live.close()
        await asyncio.sleep(0.05)
        gc.collect()
        return told

    assert asyncio.run(leave()) == []
