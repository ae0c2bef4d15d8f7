"""What a chapter depends on beyond its code is seen, and a result is found again only while that is the same."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from exegesis.execution import Store, run_notebooks
from exegesis.kernel.environment import set_environment
from tests.execution.test_run import write


def is_stored(tmp_path, path, **variables):
    with Store(tmp_path / "store", tmp_path / "book", None, {**os.environ, **variables}) as store:
        (run,) = run_notebooks([path], store, environment={**os.environ, **variables})
    assert run.failure is None
    return run.stored


@pytest.fixture
def chapter(tmp_path):
    """Return what writes a chapter of this code, and of whose result one asks whether it was stored."""
    set_environment(tmp_path)
    for name in ("book", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.txt").write_text("1", encoding="utf-8")

    def made(code):
        path = write(tmp_path / "book", "page", code)
        assert not is_stored(tmp_path, path)
        assert is_stored(tmp_path, path)
        return path

    return made


def append(path):
    with path.open("a") as file:
        file.write("1")


def touch(path):
    os.utime(path, (1, 1))


C = "import ctypes\nlibc = ctypes.CDLL(None)\n"  # opens files with no event of Python's


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("open('../elsewhere/data.txt').read()", append),
        ("import os\nopen(os.path.abspath('../elsewhere/data.txt')).read()", append),
        ("import os\nos.path.exists('../elsewhere/data.txt')", os.unlink),
        ("from pathlib import Path\nPath('../elsewhere/data.txt').is_file()", os.unlink),
        ("import os\nos.access('../elsewhere/data.txt', os.R_OK)", os.unlink),
        ("import os\nos.path.getsize('../elsewhere/data.txt')", append),
        ("import os\nos.stat('../elsewhere/data.txt').st_mtime", touch),
        ("import os\nos.listdir('../elsewhere')", os.unlink),
        ("from pathlib import Path\nsorted(Path('../elsewhere').glob('*.txt'))", os.unlink),
        ("import os\n[entry.name for entry in os.scandir('../elsewhere')]", os.unlink),
        (
            "import os\nif not (child := os.fork()):\n    open('../elsewhere/data.txt').read()\n    os._exit(0)\n"
            "os.waitpid(child, 0)[1]",
            append,
        ),
        ("import subprocess\nsubprocess.run(['cat', '../elsewhere/data.txt'], capture_output=True).stdout", append),
        ("!cat ../elsewhere/data.txt", append),
        ("import ctypes\nctypes.CDLL(None).open(b'../elsewhere/' + b'data.txt', 0) > 0", append),
        (f"{C}libc.close(libc.open('../elsewhere/data.txt'.encode(), 0))", append),
        (
            f"{C}file = libc.open(b'../elsewhere/' + b'data.txt', 0)\nlibc.mmap(None, 1, 1, 2, file, 0)\n"
            "libc.close(file)",
            append,
        ),
    ],
)
def test_a_change_of_what_was_looked_at_is_noticed(tmp_path, chapter, code, change):
    path = chapter(code)
    change(tmp_path / "elsewhere/data.txt")
    assert not is_stored(tmp_path, path)


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="this system has no disk in memory")
def test_a_disk_in_memory_is_as_any_other(tmp_path, chapter):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = chapter(f"import os\nos.listdir({folder!r})")
        (Path(folder) / "data.txt").touch()
        assert not is_stored(tmp_path, path)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("import os\nos.path.exists('../elsewhere/data.txt')", append),
        ("from pathlib import Path\nPath('../elsewhere/data.txt').is_file()", touch),
        ("open('../elsewhere/data.txt').read()", touch),
        ("import os\nos.path.realpath('../elsewhere') == ''", append),
        ("import ctypes\nctypes.CDLL(None).open('made'.encode(), 0o102, 0o600) > 0", append),
    ],
)
def test_a_change_of_anything_else_does_not_matter(tmp_path, chapter, code, change):
    path = chapter(code)
    change(tmp_path / "elsewhere/data.txt")
    assert is_stored(tmp_path, path)


@pytest.mark.parametrize(
    ("code", "matters"),
    [
        ("import os\nos.environ.get('SEEN')", True),
        ("import os\nos.getenv('SEEN')", True),
        ("import os\n'SEEN' in os.environ", True),
        ("import os\nlen(dict(os.environ)) > 0", True),
        ("import os\nos.environ['SEEN'] = '3'\nos.environ['SEEN']", False),
        ("import os\nos.environ.get('OTHER')", False),
        ("1", False),
    ],
)
def test_a_variable_that_is_read_matters(tmp_path, chapter, code, matters):
    path = chapter(code)
    assert is_stored(tmp_path, path, SEEN="1") == (not matters)


def test_the_functions_that_note_do_not_show(tmp_path, chapter):
    code = """\
import os, re, shutil, tempfile, traceback
try:
    os.stat("nothing")
except OSError:
    get_ipython().showtraceback()
assert os.stat in os.supports_follow_symlinks and os.stat.__name__ == "stat"
shutil.rmtree(tempfile.mkdtemp())
"""
    chapter(code)
    (result,) = (tmp_path / "store/results").glob("*.ipynb")
    assert "nothing" in result.read_text(encoding="utf-8")
    assert "looks.py" not in result.read_text(encoding="utf-8")


def test_where_ipython_looks_for_scripts_at_its_start_is_nothing_that_a_chapter_reads(tmp_path, chapter):
    chapter("open('data.txt').read()")
    with closing(sqlite3.connect(tmp_path / "store" / "index.db")) as index:
        ((needs,),) = index.execute("SELECT needs FROM result")
    assert "data.txt" in needs and "startup" not in needs
