"""The manifest of Pyodide's files, and taking them out of a wheel."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest

from exegesis.browser import pyodide
from exegesis.browser.imports import Imported


def packages_for(*modules, optional=()):
    return pyodide.packages_for(Imported(frozenset(modules), frozenset(optional)))


def test_a_package_comes_with_all_that_it_depends_on():
    packages = packages_for("matplotlib")
    assert {"matplotlib", "numpy", "pillow", "six"} <= set(packages)  # six: of python-dateutil
    assert "scipy" not in packages
    assert "scipy" in packages_for("sklearn")


def test_an_import_that_the_browser_lacks_is_named():
    with pytest.raises(pyodide.UnknownPackageError, match=r"no package for 'import torch'.*provide PIL, autograd"):
        packages_for("numpy", "torch")


def test_what_a_chapter_does_without_is_fetched_where_it_is_to_be_had():
    assert packages_for("numpy", optional=["torch"]) == packages_for("numpy")
    assert packages_for("numpy", optional=["scipy", "torch"]) == packages_for("numpy", "scipy")


def test_the_manifest_is_closed_and_says_every_licence():
    packages = pyodide.manifest()["packages"]
    for name, package in packages.items():
        assert set(package["depends"]) <= packages.keys(), name
        assert package["licence"] and package["licence"] != "to be looked up", name
    assert pyodide.manifest()["address"].endswith(f"/v{pyodide.manifest()['pyodide']}/full/")


def test_a_package_of_the_environment_becomes_a_wheel_with_its_licence():
    name, data = pyodide.wheel_of("autograd")
    files = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "autograd/numpy/__init__.py" in files
    assert any("license" in file.lower() for file in files)
    assert not any("__pycache__" in file or file.endswith("RECORD") for file in files)
    pyodide.wheel_of.cache_clear()
    assert pyodide.wheel_of("autograd") == (name, data)  # the same bytes each time


def test_a_package_that_the_environment_lacks_is_not_promised(monkeypatch):
    monkeypatch.setattr(pyodide, "_installed", lambda name: False)
    pyodide.packages.cache_clear()
    try:
        assert pyodide.from_environment() == []
        assert "autograd" not in pyodide.lock()["packages"]
        with pytest.raises(pyodide.UnknownPackageError, match="no package for 'import autograd'"):
            packages_for("autograd")
    finally:
        pyodide.packages.cache_clear()


def test_the_lock_names_every_file_with_its_hash():
    locked = pyodide.lock()["packages"]
    files = {file.name: file for file in pyodide.hosted() + pyodide.from_environment()}
    assert locked.keys() == pyodide.manifest()["packages"].keys()
    assert all(package["sha256"] == files[package["file_name"]].sha256 for package in locked.values())


def test_the_size_is_that_of_the_files():
    assert pyodide.size_of([]) == sum(file.size for file in pyodide.core())
    locked = pyodide.lock()["packages"]["six"]["file_name"]
    (six,) = [file.size for file in pyodide.hosted() if file.name == locked]
    assert pyodide.size_of(["six"]) - pyodide.size_of([]) == six


@pytest.fixture
def two_files(monkeypatch, tmp_path):
    """A manifest of two files, and a wheel that has them."""
    contents = {"core.mjs": b"core", "pack.whl": b"package"}
    listed = [pyodide.File(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in contents.items()]
    monkeypatch.setattr(pyodide, "hosted", lambda: listed)

    def wheel(**changed):
        path = tmp_path / "some.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in (contents | changed).items():
                if data is not None:
                    archive.writestr(f"deep/pyodide/{name}", data)
            archive.writestr("deep/pyodide/other.whl", b"not wanted")
        return path

    return wheel


def test_only_the_named_files_are_taken_out(two_files, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old.whl").write_bytes(b"of an older release")
    pyodide.extract(two_files(), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"core.mjs": b"core", "pack.whl": b"package"}
    assert list(pyodide.faults(folder)) == []


@pytest.mark.parametrize(
    "changed, message",
    [({"core.mjs": b"evil"}, "core.mjs in some.whl is not the file"), ({"pack.whl": None}, "has no pack.whl")],
)
def test_a_wrong_or_missing_file_stops_all(two_files, tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        pyodide.extract(two_files(**changed), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_is_wrong(two_files, tmp_path, capsys):
    assert pyodide._main([str(two_files(**{"pack.whl": b"x"})), str(tmp_path / "out")]) == 1
    assert "pack.whl in some.whl is not the file" in capsys.readouterr().err
    assert pyodide._main([]) == 2


def test_faults_of_a_folder_are_named(two_files, tmp_path):
    pyodide.extract(two_files(), tmp_path / "out")
    (tmp_path / "out" / "core.mjs").write_bytes(b"other")
    (tmp_path / "out" / "pack.whl").unlink()
    assert list(pyodide.faults(tmp_path / "out")) == [
        "core.mjs is not the file that the manifest names",
        "pack.whl is missing",
    ]


def test_another_release_gets_its_manifest_from_the_official_lock(tmp_path, monkeypatch):
    official = tmp_path / "npm"
    official.mkdir()
    wheels = {"one.whl": b"one", "two.whl": b"two"}
    digest = {name: hashlib.sha256(data).hexdigest() for name, data in wheels.items()}
    packages = {
        "one": {
            "version": "1",
            "file_name": "one.whl",
            "sha256": digest["one.whl"],
            "imports": ["a"],
            "depends": ["two"],
        },
        "two": {"version": "2", "file_name": "two.whl", "sha256": digest["two.whl"], "imports": ["b"], "depends": []},
    }
    (official / "pyodide-lock.json").write_text(json.dumps({"info": {"python": "3.99"}, "packages": packages}))
    (official / "package.json").write_text('{"version": "9.9"}')
    (official / "core.mjs").write_bytes(b"core")
    old = {
        "core": [{"name": "core.mjs", "licence": "MPL-2.0"}],
        "packages": {"one": {"root": True, "licence": "MIT"}, "gone": {"licence": "MIT"}},
    }
    monkeypatch.setattr(pyodide, "manifest", lambda: old)
    with zipfile.ZipFile(tmp_path / "all.whl", "w") as archive:
        for name, data in wheels.items():
            archive.writestr(f"x/pyodide/{name}", data)
    new = pyodide.renew(official, tmp_path / "all.whl")
    assert new["pyodide"] == "9.9"
    assert new["core"][0]["size"] == 4
    assert list(new["packages"]) == ["one", "two"]
    assert new["packages"]["two"]["licence"] == "to be looked up"
    packages["one"]["sha256"] = "0" * 64
    (official / "pyodide-lock.json").write_text(json.dumps({"info": {}, "packages": packages}))
    with pytest.raises(ValueError, match=r"one\.whl is not the official one"):
        pyodide.renew(official, tmp_path / "all.whl")


def test_the_page_for_contributors_has_the_manifests_releases_and_licences():
    page = (pyodide.MANIFEST.parents[2] / "book/contribute/run.md").read_text("utf-8")
    assert pyodide.manifest()["address"] in page
    for name, package in pyodide.manifest()["packages"].items():
        version = package.get("version", "as in requirements.lock")
        assert f"| {name} | {version} | {package['licence']} |" in page
