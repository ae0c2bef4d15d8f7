"""Where no sandbox is to be had, it is said why, and what would give one."""

import shutil
import sys

import pytest

from exegesis.sandbox import NoSandboxError, calls, walls


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
