"""Where no sandbox is to be had, it is said why, and what would give one."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import exegesis
from exegesis.sandbox import NoSandboxError, calls, walls

PACKAGE = Path(exegesis.__file__).parent


@pytest.fixture(autouse=True)
def anew():
    walls.find.cache_clear()
    yield
    walls.find.cache_clear()


def program(folder, text):
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_there_is_no_bubblewrap(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NoSandboxError, match="install it"):
        walls.find()


def test_this_is_no_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NoSandboxError, match="this is darwin"):
        walls.find()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "echo first >&2; echo 'bwrap: No permissions to create new namespace' >&2; exit 1",
            "No permissions to create",
        ),
        ("echo 'bwrap: Unknown option --disable-userns' >&2; exit 1", "Unknown option --disable-userns"),
        ("exit 3", "it ended with 3"),
    ],
)
def test_bubblewrap_can_make_none(monkeypatch, tmp_path, text, why):
    monkeypatch.setattr(shutil, "which", lambda name: program(tmp_path, text))
    with pytest.raises(NoSandboxError, match=why) as error:
        walls.find()
    assert "first" not in str(error.value)
    assert "user namespaces" in str(error.value)


def test_there_is_no_libseccomp(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: program(tmp_path, "exit 0"))
    monkeypatch.setattr(calls, "LIBRARY", "libnowhere.so.2")
    with pytest.raises(NoSandboxError, match="install it"):
        walls.find()


def test_the_interpreter_and_the_package_are_seen_and_nothing_around_them():
    python = list(map(Path, (sys.prefix, sys.base_prefix)))
    for folder in walls._python():
        assert any(folder.is_relative_to(each) for each in (*python, *(each.resolve() for each in python), PACKAGE))
    assert PACKAGE.parent not in walls._python()


def test_the_sandbox_imports_of_the_package_what_reads_git_and_text_alone():
    code = "import sys, exegesis.sandbox; print([m for m in sys.modules if m.startswith('exegesis.')])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = {name for name in ast.literal_eval(ended.stdout) if not name.startswith("exegesis.sandbox")}
    assert others == {"exegesis.dates", "exegesis.fault", "exegesis.history", "exegesis.text"}
