"""Builds of one book wait for each other and say so; what is built is whole."""

import subprocess
import sys

import pytest

from exegesis.command.lock import only_build
from tests.command.test_cli import book

__all__ = ["book"]


def test_one_waits_for_the_other_and_says_so(tmp_path):
    said = []
    code = (
        "import sys, pathlib; from exegesis.command.lock import only_build\n"
        "with only_build(pathlib.Path(sys.argv[1]), print): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"

        def say(line):
            said.append(line)
            other.stdin.close()  # it ends

        with only_build(tmp_path, say):
            assert other.wait(10) == 0
    assert said == ["another build of this book is under way; waiting for its end ..."]
    with only_build(tmp_path, said.append):
        pass
    assert len(said) == 1


@pytest.mark.slow
def test_three_builds_at_once_give_the_site_of_one(book):
    command = [sys.executable, "-m", "exegesis.command.cli", "--book", str(book), "build"]
    builds = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(3)]
    told = [build.communicate()[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0], told
    assert sum("another build of this book is under way" in text for text in told) == 2
    assert sum("2 run now" in text for text in told) == 1
    site = {
        path.relative_to(book / "_build/html"): path.read_bytes() for path in (book / "_build/html").rglob("*.html")
    }
    subprocess.run(["rm", "-rf", str(book / "_build")], check=True)
    subprocess.run(command, check=True, capture_output=True)
    again = {
        path.relative_to(book / "_build/html"): path.read_bytes() for path in (book / "_build/html").rglob("*.html")
    }
    assert site == again
