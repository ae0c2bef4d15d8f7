"""The build hook: which files it takes, from which wheels."""

from __future__ import annotations

import hashlib
import shutil
import zipfile

import pytest

import hatch_build
from tests.test_packaging import ROOT


def archive(path, files):
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


def test_the_editor_comes_with_what_it_imports_and_without_source_maps(tmp_path, monkeypatch):
    monkeypatch.setattr(hatch_build, "EDITOR_FILES", ("index.js", "deep/a.js", "layout.css"))
    files = {
        "index.js": 'import { a } from "./b.js";\nexport { a };\n//# sourceMappingURL=index.js.map\n',
        "deep/a.js": 'import "../b.js";\n',
        "b.js": "b",
        "layout.css": "c",
        "unused.js": "",
    }
    wheel = archive(tmp_path / "shiny.whl", {hatch_build.EDITOR + name: text for name, text in files.items()})
    found = dict(hatch_build.editor(wheel))
    assert found.keys() == files.keys() - {"unused.js"}
    assert found["index.js"] == b'import { a } from "./b.js";\nexport { a };\n'


def test_a_file_that_another_release_lacks_is_named(tmp_path):
    wheel = archive(tmp_path / "shiny.whl", {})
    with pytest.raises(RuntimeError, match=r"shiny.whl has no .*; change EDITOR_FILES"):
        list(hatch_build.editor(wheel))


def test_of_katex_only_what_a_site_needs_is_taken(tmp_path):
    taken = ["katex.min.js", "katex.min.css", "LICENSE", "fonts/KaTeX_Main-Bold.woff2"]
    others = ["katex.js", "fonts/KaTeX_Main-Bold.ttf", "contrib/katex.min.js", "README.md"]
    wheel = archive(tmp_path / "k.whl", {hatch_build.KATEX + name: name for name in taken + others})
    assert [name for name, _ in hatch_build.katex(wheel)] == taken


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder as the only index, with one small wheel; a lock that names it."""
    folder = tmp_path / "index"
    folder.mkdir()
    files = {"one-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: one\nVersion: 1\nRequires-Dist: two\n"}
    files |= {"one-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    wheel = archive(folder / "one-1-py3-none-any.whl", files | {"one-1.dist-info/RECORD": ""})
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(folder), "NO_CACHE_DIR": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    lock = tmp_path / "some.lock"
    lock.write_text(f"one==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return lock


def test_a_wheel_is_fetched_without_what_it_needs(index, tmp_path):
    assert hatch_build.fetch(index, tmp_path / "to") == {"one": tmp_path / "to" / "one-1-py3-none-any.whl"}


def test_a_wheel_with_another_hash_is_refused(index, tmp_path):
    index.write_text(f"one==1 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(RuntimeError, match=r"(?s)some.lock, whose files are packed.*DO NOT MATCH"):
        hatch_build.fetch(index, tmp_path / "to")


def test_files_are_packed_once_for_a_lock(tmp_path, monkeypatch):
    asked = []
    wheels = {
        "djangocms_katex": archive(tmp_path / "k.whl", {hatch_build.KATEX + "LICENSE": "free"}),
        "shiny": archive(tmp_path / "s.whl", {hatch_build.EDITOR + name: "" for name in hatch_build.EDITOR_FILES}),
    }
    monkeypatch.setattr(hatch_build, "fetch", lambda lock, folder: asked.append(lock) or wheels)
    vendor = tmp_path / hatch_build.VENDOR
    vendor.mkdir(parents=True)
    shutil.copy(ROOT / hatch_build.VENDOR / "prism-code-editor.LICENSE", vendor)
    lock = tmp_path / hatch_build.LOCK
    lock.write_text("one")
    hatch_build.pack(tmp_path)
    hatch_build.pack(tmp_path)
    assert len(asked) == 1
    assert (vendor / "katex/LICENSE").read_text() == "free"
    assert "MIT" in (vendor / "prism-code-editor/LICENSE").read_text("utf-8")
    (vendor / "katex/old.js").touch()
    lock.write_text("another")
    hatch_build.pack(tmp_path)
    assert len(asked) == 2
    assert not (vendor / "katex/old.js").exists()
