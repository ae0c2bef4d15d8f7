"""In JupyterLab a chapter is a notebook whose file changes only where its author changed it."""

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from exegesis.command.cli import USAGE, main
from exegesis.command.init import init
from exegesis.command.lab import FOLDER, environment
from tests.chapters import PAPERS
from tests.command.test_serve import free_port, wait_until

ROOT = PAPERS.parents[1]
TOKEN = "a-token"
SLUGS = sorted(path.stem for path in PAPERS.glob("*.md"))


class Lab:
    """A JupyterLab that 'exegesis lab' runs."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, data=None):
        """Return what the server answers."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def open(self, place):
        return self.ask("GET", f"api/contents/{place}?type=notebook&content=1")["content"]

    def save(self, place, content):
        self.ask("PUT", f"api/contents/{place}", {"type": "notebook", "format": "json", "content": content})

    def start(self, place):
        """Start a kernel for a notebook, as JupyterLab does when it is opened."""
        name = place.rpartition("/")[2]
        begin = {"path": place, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        return self.ask("POST", "api/sessions", begin)["kernel"]["id"]

    async def hear(self, kernel, kind, contents):
        """Send messages to a kernel, each a pair of metadata and content, and return all that it says to them."""
        address = f"ws://127.0.0.1:{self.port}/api/kernels/{kernel}/channels?token={TOKEN}"
        channel = await websocket_connect(HTTPRequest(address, connect_timeout=120, request_timeout=120))
        said = []
        for number, (metadata, content) in enumerate(contents):
            header = {"msg_id": f"m{number}", "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
            message = {"header": header, "parent_header": {}, "channel": "shell", "buffers": []}
            await channel.write_message(json.dumps(message | {"metadata": metadata, "content": content}))
            states = set()
            while states != {"reply", "idle"}:
                told = json.loads(await asyncio.wait_for(channel.read_message(), 120))
                if told["parent_header"].get("msg_id") == f"m{number}":
                    said.append(told)
                    states |= {"reply"} & {told["msg_type"].rpartition("_")[2]}
                    states |= {"idle"} & {told["content"].get("execution_state")}
        channel.close()
        while await channel.read_message() is not None:
            pass  # until it is closed
        return said

    def run(self, kernel, cells):
        """Run cells as JupyterLab does, with their metadata, and return what is printed."""
        asked = [(cell["metadata"], {"code": cell["source"], "silent": False}) for cell in cells]
        said = asyncio.run(self.hear(kernel, "execute_request", asked))
        assert [told["content"] for told in said if told["msg_type"] == "error"] == []
        return "".join(told["content"]["text"] for told in said if told["msg_type"] == "stream")

    def language(self, kernel):
        """Return what the kernel says of its language, which JupyterLab notes in the notebook."""
        said = asyncio.run(self.hear(kernel, "kernel_info_request", [({}, {})]))
        return next(told["content"]["language_info"] for told in said if told["msg_type"] == "kernel_info_reply")


@contextlib.contextmanager
def labs(folder):
    pytest.importorskip("jupyterlab", reason="it is in requirements-lab.lock and in requirements-test.lock")
    port = free_port()
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    options += ["--allow-root", "--LabApp.news_url="]
    command = [sys.executable, "-m", "exegesis.command.cli", "--book", str(folder), "lab", "--", *options]
    server = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        found = Lab(port)
        wait_until(lambda: found.ask("GET", "api/status"), "the start of JupyterLab", 300)
        yield found
    finally:
        server.send_signal(signal.SIGINT)
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """A copy of the book's chapters, in which nobody's work is lost."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("_config.yml", "_toc.yml", "jupytext.toml", *(f"book/papers/{slug}.md" for slug in SLUGS)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    with labs(folder) as found:
        found.folder = folder
        yield found


def all_but_one(slugs):
    return [slugs[0], *(pytest.param(slug, marks=pytest.mark.exhaustive) for slug in slugs[1:])]


@pytest.mark.parametrize("slug", all_but_one(SLUGS))
def test_saving_what_was_opened_changes_nothing(jupyter, slug):
    place = f"book/papers/{slug}.md"
    before = (jupyter.folder / place).read_bytes()
    content = jupyter.open(place)
    assert any(cell["cell_type"] == "code" for cell in content["cells"]), "it is opened as a notebook"
    jupyter.save(place, content)
    assert (jupyter.folder / place).read_bytes() == before


def test_one_sentence_is_one_line_and_what_ran_leaves_nothing(jupyter):
    place = f"book/papers/{SLUGS[0]}.md"
    before = (jupyter.folder / place).read_text("utf-8")
    content = jupyter.open(place)
    spec = jupyter.ask("GET", "api/kernelspecs")["kernelspecs"]["python3"]["spec"]
    kernel = {"name": "python3"} | {name: spec[name] for name in ("display_name", "language")}
    assert content["metadata"]["kernelspec"] == kernel, "else JupyterLab would write the kernel's"
    content["metadata"]["language_info"] = jupyter.language(jupyter.start(place))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"], cell["metadata"]["execution"] = 3, {"iopub.status.busy": "2026-01-31T00:00:00Z"}
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "claim a: holds\n"}]
    content["cells"][-1]["source"] += "\nOne sentence more."
    jupyter.save(place, content)
    after = (jupyter.folder / place).read_text("utf-8")
    (jupyter.folder / place).write_text(before, encoding="utf-8")
    assert after == before.rstrip("\n") + "\nOne sentence more.\n"


def test_markdown_is_opened_as_a_notebook_by_a_double_click(jupyter):
    told = jupyter.ask("GET", f"lab/api/settings/{quote('@jupyterlab/docmanager-extension:plugin')}")
    assert told["schema"]["properties"]["defaultViewers"]["default"] == {"markdown": "Jupytext Notebook"}


def test_a_claims_cell_says_what_became_of_it(jupyter, tmp_path):
    init(tmp_path / "book")
    chapter = jupyter.folder / "book/papers/updating-variance.md"
    chapter.write_bytes((tmp_path / "book/book/papers/updating-variance.md").read_bytes())
    place = "book/papers/updating-variance.md"
    cells = [cell for cell in jupyter.open(place)["cells"] if cell["cell_type"] == "code"]
    printed = jupyter.run(jupyter.start(place), cells)
    names = [cell["metadata"]["claim"] for cell in cells if "claim" in cell["metadata"]]
    assert len(names) == 3
    assert [line.partition(";")[0] for line in printed.splitlines() if line.startswith("claim ")] == [
        f"claim {name}: holds" for name in names
    ]


def test_what_the_user_has_set_comes_first():
    given = {"JUPYTER_PATH": "/mine", "HOME": "/home"}
    assert environment(given) == {
        "HOME": "/home",
        "JUPYTER_PATH": os.pathsep.join(["/mine", str(FOLDER)]),
        "JUPYTER_CONFIG_PATH": str(FOLDER),
    }


def test_without_jupyterlab_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    init(tmp_path / "book")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: name != "jupyterlab" and find(name, *more))
    assert main(["--book", str(tmp_path / "book"), "lab"]) == USAGE
    assert "jupyterlab is not installed; install it with: pip install 'exegesis[lab]'" in capsys.readouterr().err
