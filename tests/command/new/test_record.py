"""Records that are fetched: from a server on the loopback, which stands for doi.org and arxiv.org."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from exegesis.command.new import record
from exegesis.command.new.record import Source
from exegesis.command.project import UsageError

BIBTEX = "@article{Kaplan_1999, title={Ünïcode}, }\n"


class Answers(BaseHTTPRequestHandler):
    """Answers as doi.org does for one that asks for BibTeX."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Accept"]))
        status, body = {
            "/10.1/moved": (302, ""),
            "/10.1/page": (200, "<!doctype html>"),
            "/10.1/broken": (500, "@"),
            "/10.1/none": (404, "@"),
        }.get(self.path, (200, f" {BIBTEX}"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/10.1/here")
        self.send_header("Content-Type", "application/x-bibtex")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(record, "DOI", f"{address}/{{}}")
        monkeypatch.setattr(record, "ARXIV", f"{address}/bibtex/{{}}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
        server.shutdown()
        thread.join()


def test_a_doi_is_asked_for_bibtex_in_any_spelling(server):
    assert Source(doi="https://doi.org/10.1/moved").text().strip() == BIBTEX.strip()
    assert server.asked == [("/10.1/moved", "application/x-bibtex"), ("/10.1/here", "application/x-bibtex")]


def test_arxiv_is_asked_without_the_version(server):
    assert Source(arxiv="arXiv:1412.6980v9").text().strip() == BIBTEX.strip()
    assert server.asked[0][0] == "/bibtex/1412.6980"


@pytest.mark.parametrize(
    ("doi", "told"),
    [
        ("10.1/none", "/10.1/none is not known there; correct the identifier"),
        ("10.1/page", "/10.1/page gives no BibTeX (status 200); paste the record instead: exegesis new --bibtex -"),
        ("10.1/broken", "/10.1/broken gives no BibTeX (status 500)"),
    ],
)
def test_another_answer_is_told(server, doi, told):
    with pytest.raises(UsageError) as error:
        Source(doi=doi).text()
    assert told in str(error.value)


def test_offline_it_says_so(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        port = server.server_port
    monkeypatch.setattr(record, "ARXIV", f"http://127.0.0.1:{port}/{{}}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(UsageError) as error:
        Source(arxiv="1412.6980").text()
    assert "can't be reached (ConnectionError); paste the record instead" in str(error.value)
