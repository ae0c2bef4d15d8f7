"""A site in a folder, and one behind a web server."""

import hashlib
import http.server
import threading

import pytest

from exegesis.command.project import UsageError
from exegesis.command.verify import published
from exegesis.command.verify.published import Address, Folder, site_at

FILES = {"index.html": b"home", "book/a b.html": b"page", "empty.txt": b""}
DIGESTS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


@pytest.fixture
def server(folder):
    """The address of a server of the folder above the site."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def do_GET(self):
            if self.path.endswith("/broken"):
                self.send_error(503)
            else:
                super().do_GET()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_folder_has_files(folder):
    site = site_at(str(folder / "site"))
    assert isinstance(site, Folder)
    assert site.names() == FILES.keys()
    assert site.digests([*FILES, "none.html", "book"]) == DIGESTS
    assert (site.read("index.html"), site.read("none.html"), site.read("book")) == (b"home", None, None)


@pytest.mark.parametrize("end", ["/site/", "/site", "/site/index.html", "/site/?x=1#y"])
def test_an_address_has_those_that_are_asked_for(server, end):
    site = site_at(server + end)
    assert isinstance(site, Address)
    assert site.digests([*FILES, "none.html"]) == DIGESTS
    assert (site.read("book/a b.html"), site.read("none.html")) == (b"page", None)
    assert site.names() == set()


def test_what_the_server_can_not_give_is_told(server, monkeypatch):
    site = Address(f"{server}/site/")
    with pytest.raises(UsageError, match=r"/site/broken can't be had: the server answers with status 503"):
        site.digests(["index.html", "broken"])
    monkeypatch.setattr(published, "_MOST", 3)
    with pytest.raises(UsageError, match="has more than"):
        site.read("index.html")


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:1/manifest\.json can't be reached \(ConnectionError\)"):
        Address("http://127.0.0.1:1").read("manifest.json")


@pytest.mark.parametrize("place", ["nowhere", "ftp://example.org/"])
def test_what_is_no_place_is_told(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="is neither a folder nor an address"):
        site_at(place)
