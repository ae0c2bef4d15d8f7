"""The tutorial makes a chapter: a test does what it says, step by step, and sees what it shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from exegesis.command.cli import FAULTS, OK, main
from tests.test_docs import fences
from tests.tiny import git

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "book/contribute/tutorial.md"
CHAPTER, TEST = "book/papers/box-muller.md", "tests/test_box_muller.py"


def section(text, new):
    """Put a section in the place of the one with its heading."""
    heading = re.escape(new.partition("\n")[0])
    found = re.search(rf"^{heading}\n.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"the chapter has no section {heading}"
    return f"{text[: found.start()]}{new.rstrip()}\n\n{text[found.end() :]}".rstrip() + "\n"


def changed(text, diff):
    """Change the lines of a chapter that begin with ``-`` into those that begin with ``+``."""
    old, new = ("".join(f"{line[1:]}\n" for line in diff.splitlines() if line.startswith(sign)) for sign in ("-", "+"))
    assert text.count(old) == 1, old
    return text.replace(old, new)


class Reader:
    """Does what the page says."""

    def __init__(self, capsys, monkeypatch):
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.told, self.status = "", OK

    def do(self, kind, block):
        if kind == "sh":
            self.told, self.status = "", OK
            for line in block.splitlines():
                assert self.status == OK, f"{line}: the one before it has ended with {self.status}: {self.told}"
                self.type(line)
        elif kind == "text":
            faults = re.search(r"^\d+ faults?$", block, re.MULTILINE)
            assert self.status == (FAULTS if faults else OK), self.told
            for line in block.splitlines():  # a column is as wide as what stands in it
                assert " ".join(line.split()) in " ".join(self.told.split()), self.told
        elif kind == "bibtex":
            Path("box.bib").write_text(block, encoding="utf-8")
        elif kind == "python":
            Path(TEST).write_text(block, encoding="utf-8")
        else:
            path = Path(CHAPTER)
            change = {"md": section, "diff": changed}[kind]
            path.write_text(change(path.read_text(encoding="utf-8"), block), encoding="utf-8")

    def type(self, line):
        program, *arguments = shlex.split(line)
        if program == "cd":
            self.monkeypatch.chdir(arguments[0])
        elif program == "git":
            git(Path.cwd(), *arguments)
        elif program == "python":
            # Shiny is installed for its files alone: its plugin would miss its packages.
            environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)
            self.told, self.status = done.stdout + done.stderr, done.returncode
        else:
            assert program == "exegesis"
            self.status = main(arguments)
            self.told = "".join(self.capsys.readouterr())


@pytest.mark.slow
def test_the_tutorial_makes_what_it_says(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reader, kinds = Reader(capsys, monkeypatch), []
    for kind, block in fences(PAGE.read_text(encoding="utf-8")):
        reader.do(kind, block)
        kinds.append(kind)
    assert {"sh", "text", "bibtex", "python", "md", "diff"} == set(kinds)
    assert kinds.count("md") == 6, "every section of the chapter is written"
    text = Path(CHAPTER).read_text(encoding="utf-8")
    assert "running_means" not in text + Path(TEST).read_text(encoding="utf-8"), "nothing of the beginning is left"
    assert reader.status == FAULTS, "the page ends with what the review tells"
