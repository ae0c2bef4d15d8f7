"""A disk that is full, or may not be written to, is told in a line, and the last good site stays."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from sphinx.errors import ExtensionError, SphinxParallelError

from exegesis.command.disk import refusal
from tests.command.test_cli import book, edit
from tests.command.test_serve import files

__all__ = ["book"]

BUILD = (sys.executable, "-m", "exegesis.command.cli", "build")
FULL = OSError(errno.ENOSPC, "No space left on device", "a.html")


def wrapped(cause):
    try:
        raise ValueError("the page can't be written") from cause
    except ValueError as error:
        return error


def of_sqlite():
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError) as told:
        database.execute("CREATE TABLE a (b)")
    database.close()
    return told.value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FULL, "'a.html': No space left on device; make room"),
        (OSError(errno.EROFS, "", "from", None, "to"), "'to': Read-only file system; copy the book"),
        (PermissionError(errno.EACCES, "", "a"), "'a': Permission denied; look at who owns it"),
        (wrapped(FULL), "'a.html': No space left on device"),
        (ExceptionGroup("many", [ValueError("a"), wrapped(FULL)]), "'a.html': No space left on device"),
        (ExtensionError("a handler", FULL), "'a.html': No space left on device"),
        (SphinxParallelError("OSError: [Errno 28] No space left on device", ""), "No space left on device; make"),
        (SphinxParallelError("[Errno 13] Permission denied: 'a'", ""), "Permission denied; look at who"),
        (shutil.Error([("from", "to", "[Errno 28] No space left on device")]), "'to': No space left on device; make"),
        (of_sqlite(), "Read-only file system; copy"),
    ],
)
def test_what_a_disk_refused_is_told_with_its_mend(error, said):
    assert refusal(error).startswith(said)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("a"),
        FileNotFoundError(errno.ENOENT, "", "a"),
        PermissionError(errno.EPERM, "Operation not permitted"),  # of a process, say
        SphinxParallelError("PermissionError: [Errno 1] Operation not permitted", ""),
        sqlite3.OperationalError("no such table"),
        shutil.Error("the same file"),
        ExtensionError("a handler", ValueError("a")),
    ],
)
def test_other_errors_are_none_of_the_disk_s(error):
    assert refusal(error) == ""


def test_an_error_that_hides_what_was_before_it_is_its_own():
    try:
        try:
            raise FULL
        except OSError:
            raise KeyError("a") from None
    except KeyError as error:
        assert refusal(error) == ""


@pytest.mark.skipif(os.name == "nt", reason="it has no such limit")
@pytest.mark.slow
def test_a_limit_for_files_is_told_and_the_last_site_stays(book):
    subprocess.run(BUILD, cwd=book, check=True, capture_output=True)
    before = files(book / "_build/html")
    edit(book / "book/papers/second.md", "# Second\n", "# Second\n\n" + "A long page. " * 20_000 + "\n")
    limited = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    built = subprocess.run(
        [sys.executable, "-c", limited, *BUILD], cwd=book, capture_output=True, text=True, check=False
    )
    assert built.returncode == 2
    assert built.stderr.endswith("File too large; the limit for the size of one file ('ulimit -f') is too low\n")
    assert "Traceback" not in built.stderr
    assert files(book / "_build/html") == before


@pytest.mark.parametrize("kilobytes", [2_000, *(pytest.param(size, marks=pytest.mark.slow) for size in (20, 4_000))])
def test_a_full_disk_is_told(book, sandbox, kilobytes):
    room = [sandbox, "--dev-bind", "/", "/", "--size", str(kilobytes * 1024), "--tmpfs", str(book / "_build")]
    (book / "_build").mkdir(exist_ok=True)
    built = subprocess.run([*room, *BUILD], cwd=book, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr.count("\n")) == (2, 1), built.stderr
    assert built.stderr.endswith("No space left on device; make room, and go on where it stopped\n")


@pytest.mark.parametrize(
    "command", ["build", "execute", "doubt", "pdf", "new second2002paper --slug another --author Ann"]
)
def test_a_book_that_may_not_be_written_to_is_told(book, sandbox, command):
    seen = [sandbox, "--dev-bind", "/", "/", "--ro-bind", str(book), str(book)]
    told = subprocess.run([*seen, *BUILD[:-1], *command.split()], cwd=book, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr
    assert "Read-only file system" in told.stderr
