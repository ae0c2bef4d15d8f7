"""The live preview serves the book, shows every change and every fault, and is left as a clean build would be."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.command.test_cli import book, edit

__all__ = ["book"]


@contextlib.contextmanager
def serving(folder, port, *slug):
    # As its users start it: with "python -m" modules of the folder that one is in come first.
    command = [Path(sys.executable).with_name("exegesis"), "--book", str(folder), "serve", *slug, "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        server.stdout.close()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(holds, what, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):  # a page that is being written is cut short
            if holds():
                return
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen in {seconds} s")


def get(address):
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read().decode()


def files(site):
    """All that a reader could get."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_ten_edits_in_a_row_leave_the_site_that_a_clean_build_gives(book, tmp_path_factory):
    port, second = free_port(), book / "book/papers/second.md"
    address = f"http://127.0.0.1:{port}/book/papers/second.html"
    edits = [
        ("# Second", "# Zweitens"),
        ("print(1 + 1)", "print(20 + 1)"),
        ("# Zweitens", "# Second\n\nA paragraph."),
        ("A paragraph.", "Another paragraph."),
        ("print(20 + 1)", "print(20 + 2)"),
        ("Another paragraph.", "Another paragraph, with {ref}`itself <second>`."),
        ("It is short.", "It is shorter."),
        ("Another paragraph", "A third paragraph"),
        ("A third paragraph", "## A section\n\nA fourth paragraph"),
        ("## A section", "## Some section"),
    ]
    with serving(book, port):
        wait_until(lambda: "Second" in get(address), "the first build")
        for number, (old, new) in enumerate(edits):
            edit(second, old, new)
            shown = {"print(20 + 1)": "21", "print(20 + 2)": "22", "It is shorter.": "It is shorter."}.get(new)
            shown = shown or new.removeprefix("# ").removeprefix("## ").split("\n")[-1].split(",")[0]
            wait_until(lambda shown=shown: shown in get(address), f"edit {number}: '{shown}'")
        published = book / "_build/html"
        wait_until(lambda: "Some section" in (published / "book/papers/second.html").read_text(), "the publication")
    clean = tmp_path_factory.mktemp("clean")
    subprocess.run(["cp", "-r", *(str(path) for path in book.iterdir() if path.name != "_build"), clean], check=True)
    subprocess.run(
        [sys.executable, "-m", "exegesis.command.cli", "--book", clean, "build"], check=True, capture_output=True
    )
    served, built = files(published), files(clean / "_build/html")
    assert served.keys() == built.keys()
    assert [name for name in built if served[name] != built[name]] == []


def test_the_browser_reloads_keeps_its_place_and_shows_a_fault_until_it_is_mended(book, browser):
    port, second = free_port(), book / "book/papers/second.md"
    edit(second, "# Second\n", "# Second\n" + "\nA paragraph among many.\n" * 200 + "\nThe last one.\n")
    with serving(book, port) as server:
        wait_until(lambda: "Second" in get(f"http://127.0.0.1:{port}/book/papers/second.html"), "the first build")
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/book/papers/second.html")
        page.evaluate("window.scrollTo(0, 3000)")
        page.wait_for_function("window.scrollY === 3000")
        page.evaluate("window.old = true")
        edit(second, "The last one.", "The very last one.")
        page.wait_for_function("!window.old && document.body.innerText.includes('The very last one.')", timeout=60_000)
        page.wait_for_function("window.scrollY === 3000")

        banner = page.locator("#exegesis-faults")
        assert banner.is_hidden()
        edit(second, "The very last one.", "See {cite:p}`nobody1999none`.")
        banner.wait_for(state="visible", timeout=60_000)
        line = second.read_text(encoding="utf-8").splitlines().index("See {cite:p}`nobody1999none`.") + 1
        assert banner.inner_text().startswith("1 fault\n")
        assert f'book/papers/second.md:{line}: could not find bibtex key "nobody1999none"' in banner.inner_text()
        assert "nobody1999none" not in (book / "_build/html/book/papers/second.html").read_text(encoding="utf-8")

        other = browser.new_page()  # any page tells it
        other.goto(f"http://127.0.0.1:{port}/book/papers/first.html")
        other.locator("#exegesis-faults").wait_for(state="visible")
        edit(second, "See {cite:p}`nobody1999none`.", "See nobody.")
        banner.wait_for(state="hidden", timeout=60_000)
        other.locator("#exegesis-faults").wait_for(state="hidden")
        page.close()
        other.close()
        server.send_signal(signal.SIGINT)
        told = server.stdout.read()
    assert f"book/papers/second.md:{line}: could not find" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_chapter_is_shown_alone_and_a_bad_save_keeps_its_last_good_page(book, browser):
    port, second = free_port(), book / "book/papers/second.md"
    with serving(book, port, "second") as server:
        wait_until(lambda: "Second" in get(f"http://127.0.0.1:{port}/"), "the first build")
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        assert page.url.endswith("/book/papers/second.html")
        banner, shown = page.locator("#exegesis-faults"), page.locator("article, body").first
        edit(second, "print(1 + 1)", "print(1 / 0)")
        banner.get_by_text("ZeroDivisionError").wait_for(timeout=60_000)
        assert "2" in shown.inner_text()
        page.reload()
        banner.get_by_text("ZeroDivisionError").wait_for()
        assert "print(1 + 1)" in shown.inner_text(), "the last good page"
        edit(second, "print(1 / 0)", "print(20 + 3)")
        page.wait_for_function("document.body.innerText.includes('print(20 + 3)')", timeout=60_000)
        banner.wait_for(state="hidden")
        assert "23" in shown.inner_text()
        edit(book / "book/papers/first.md", "len(", "len(None, ")  # a chapter that is not looked at
        edit(second, "# Second", "# Zweitens")
        page.wait_for_function("document.body.innerText.includes('Zweitens')", timeout=60_000)
        assert banner.is_hidden()
        page.close()
        server.send_signal(signal.SIGINT)
        told = server.stdout.read()
    assert "book/papers/second.md:" in told
    assert "Traceback" not in told
    assert not (book / "_build/html").exists()


def test_a_chapter_that_there_is_not_is_told(book):
    with serving(book, free_port(), "secnd") as server:
        told = server.stdout.read()
    assert "there is no chapter 'secnd' in _toc.yml; did you mean 'second'?" in told
    assert server.returncode == 2


@pytest.mark.slow
def test_a_configuration_that_breaks_is_told_and_mended_without_a_new_start(book):
    port, config = free_port(), book / "_config.yml"
    address = f"http://127.0.0.1:{port}/index.html"
    with serving(book, port) as server:
        wait_until(lambda: "Tiny" in get(address), "the first build")
        good = config.read_text(encoding="utf-8")
        config.write_text("a: [b", encoding="utf-8")
        wait_until(lambda: "_config.yml can't be read" in server.stdout.readline(), "the fault")
        config.write_text(good.replace("title: Tiny", "title: Smaller"), encoding="utf-8")
        wait_until(lambda: "Smaller" in get(address), "the build with the new title")


@pytest.mark.slow
def test_a_chapter_that_is_added_is_found(book):
    port = free_port()
    with serving(book, port) as server:
        wait_until(lambda: "Tiny" in get(f"http://127.0.0.1:{port}/index.html"), "the first build")
        second = (book / "book/papers/second.md").read_text(encoding="utf-8")
        text = second.replace("# Second", "# Third").replace("second", "third")
        (book / "book/papers/third.md").write_text(text, encoding="utf-8")
        edit(book / "_toc.yml", "- file: bibliography\n", "- file: bibliography\n- file: book/papers/third\n")
        wait_until(lambda: "Third" in get(f"http://127.0.0.1:{port}/book/papers/third.html"), "the third chapter")
        edit(book / "references.bib", "The Second Paper", "The Second Paper, Corrected")
        wait_until(lambda: "corrected" in get(f"http://127.0.0.1:{port}/bibliography.html"), "the corrected record")
        server.send_signal(signal.SIGINT)
        told = server.stdout.read()
    assert "Traceback" not in told, "what waited with what it knew of the book before has ended in silence"


@pytest.mark.slow
def test_a_file_of_the_book_that_is_called_as_a_module_is_not_taken_for_it(book):
    port = free_port()
    for name in ("yaml", "numbers", "exegesis"):
        (book / f"{name}.py").write_text("raise SystemExit('the wrong one')", encoding="utf-8")
    with serving(book, port) as server:
        wait_until(lambda: "Tiny" in get(f"http://127.0.0.1:{port}/index.html"), "the first build", seconds=30)
        server.send_signal(signal.SIGINT)
        assert "the wrong one" not in server.stdout.read()


@pytest.mark.slow
def test_a_page_that_is_not_there_waits_for_it(book):
    port = free_port()
    with serving(book, port):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port)).close() is None, "the start")
        with pytest.raises(urllib.error.HTTPError) as missing:
            get(f"http://127.0.0.1:{port}/nowhere.html")
    assert missing.value.code == 404
    with missing.value:
        assert '/_live.js" data-version="none"' in missing.value.read().decode()


def test_a_port_that_is_taken_is_told(book):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with serving(book, taken.getsockname()[1]) as server:
            told = server.stdout.read()
    assert "can't be used" in told
    assert "Traceback" not in told
    assert server.returncode == 2


@pytest.mark.slow
def test_a_process_that_waits_for_a_change_ends_without_a_word_when_nobody_is_there(book):
    code = (
        "import sys, pathlib; from multiprocessing import Pipe; from exegesis.command.serve import builds\n"
        "if __name__ == '__main__':\n"
        "    ours, theirs = Pipe(); ours.close()\n"
        "    builds._wait_and_build(theirs, pathlib.Path(sys.argv[1]), None, set())"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(book)], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
