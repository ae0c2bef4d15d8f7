"""The live preview serves the book, and a change to a chapter shows."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.test_cli import book, edit

__all__ = ["book"]


@contextlib.contextmanager
def serving(folder, port):
    command = [sys.executable, "-m", "exegesis.cli", "--book", str(folder), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(address, text, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            page = answer.read().decode()
            if text in page:
                return page
        time.sleep(0.2)
    pytest.fail(f"'{text}' did not come up at {address} in {seconds} s")


def test_a_change_shows_and_the_page_reloads(book):
    port = free_port()
    with serving(book, port):
        address = f"http://127.0.0.1:{port}/book/papers/second.html"
        assert "livereload.js" in wait_for(address, "Second")
        edit(book / "book/papers/second.md", "# Second", "# Zweitens")
        wait_for(address, "Zweitens")


def test_a_port_that_is_taken_is_told(book):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serving(book, taken.getsockname()[1]) as server:
            told = server.stdout.read()
    assert "can't be used" in told
    assert "Traceback" not in told
    assert server.returncode == 2
