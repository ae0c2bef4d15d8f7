"""Which files of Pyodide the chapters need: names, sizes, hashes and licences, and where to get them.

``pyodide.json`` is the manifest, made by ``renew`` from Pyodide's own lock file. It has the core
and, for every package that a chapter may import, its wheel and what that one depends on. A
package marked ``environment`` is pure Python that Pyodide does not have: its files come from the
environment that the book is built in, so that its version is the one that the chapters ran with.
Where it is not installed, the browser has none either.

As a command, ``python -m exegesis.browser.pyodide WHEEL FOLDER`` takes the files out of a wheel
that has them all, and checks each one.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .imports import Imported

MANIFEST = Path(__file__).with_name("pyodide.json")
_UNKEPT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")  # of the installation, not of the package
_EPOCH = (1980, 1, 1, 0, 0, 0)


class UnknownPackageError(ValueError):
    """An import that the browser cannot serve."""


@dataclass(frozen=True)
class File:
    """A file that a browser fetches."""

    name: str
    sha256: str
    size: int  # bytes


@functools.cache
def manifest() -> dict[str, Any]:
    """Return the manifest as it stands in ``pyodide.json``."""
    read: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return read


@functools.cache
def packages() -> dict[str, Any]:
    """Return the manifest's packages by name, without those that this environment should provide and has not."""
    return {
        name: package
        for name, package in manifest()["packages"].items()
        if not package.get("environment") or _installed(name)
    }


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def packages_for(modules: Imported) -> list[str]:
    """Return the packages that provide these modules, with all that they depend on, sorted.

    Raises:
        UnknownPackageError: a module that is needed and that no package of the manifest provides.
    """
    providers = {module: name for name, package in packages().items() for module in package["imports"]}
    wanted: set[str] = set()
    for module in sorted(modules.needed):
        if module not in providers:
            raise UnknownPackageError(
                f"the browser has no package for 'import {module}', so readers could not run the chapter in the page; "
                f"those it has provide {', '.join(sorted(providers))}"
            )
    for module in modules.needed | modules.optional & providers.keys():
        _add(providers[module], wanted)
    return sorted(wanted)


def _add(name: str, wanted: set[str]) -> None:
    if name not in wanted:
        wanted.add(name)
        for needed in packages()[name]["depends"]:
            _add(needed, wanted)


def core() -> list[File]:
    """Return Python itself, which every chapter needs."""
    return [File(each["name"], each["sha256"], each["size"]) for each in manifest()["core"]]


def hosted() -> list[File]:
    """Return all files that come from Pyodide: the core, and the wheels."""
    theirs = manifest()["packages"].values()
    return core() + [File(one["file"], one["sha256"], one["size"]) for one in theirs if not one.get("environment")]


@functools.cache
def wheel_of(name: str) -> tuple[str, bytes]:
    """Return a wheel's name and bytes, made from an installed package of pure Python.

    The same files give the same bytes, whoever installed them.
    """
    package = importlib.metadata.distribution(name)
    kept = [path for path in package.files or () if path.parts[0] != ".." and "__pycache__" not in path.parts]
    kept = sorted((path for path in kept if path.name not in _UNKEPT), key=str)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in kept:
            entry = zipfile.ZipInfo(path.as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            data = Path(str(package.locate_file(path))).read_bytes()
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return f"{name}-{package.version}-py3-none-any.whl", packed.getvalue()


def wheels_from_environment() -> Iterator[tuple[str, bytes]]:
    """Yield the wheels that Pyodide does not have."""
    for name, package in packages().items():
        if package.get("environment"):
            yield wheel_of(name)


def from_environment() -> list[File]:
    """Return the files of these wheels."""
    return [File(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in wheels_from_environment()]


def lock() -> dict[str, Any]:
    """Return Pyodide's lock file for the manifest's packages."""
    locked = {}
    made = {file.name.split("-")[0]: file for file in from_environment()}
    for name, package in packages().items():
        file = made.get(name)
        locked[name] = {
            "name": name,
            "version": file.name.split("-")[1] if file else package["version"],
            "file_name": file.name if file else package["file"],
            "install_dir": "site",
            "package_type": "package",
            "sha256": file.sha256 if file else package["sha256"],
            "imports": package["imports"],
            "depends": package["depends"],
        }
    return {"info": manifest()["info"], "packages": locked}


def size_of(packages: Iterable[str]) -> int:
    """Return how many bytes Python and these packages are."""
    sizes = {file.name: file.size for file in hosted() + from_environment()}
    locked = lock()["packages"]
    return sum(file.size for file in core()) + sum(sizes[locked[name]["file_name"]] for name in packages)


def faults(folder: Path) -> Iterator[str]:
    """Yield what is wrong with a folder that should have all hosted files."""
    for file in hosted():
        path = folder / file.name
        if not path.exists():
            yield f"{file.name} is missing"
        elif path.stat().st_size != file.size or hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
            yield f"{file.name} is not the file that the manifest names"


def extract(wheel: Path, folder: Path) -> None:
    """Take the hosted files out of a wheel that has them in some folder, and check each one.

    Raises:
        ValueError: a file is missing or is not the one that the manifest names; nothing is written then.
    """
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.rpartition("/")[2]: name for name in archive.namelist() if "/pyodide/" in name}
        found = {}
        for file in hosted():
            if file.name not in inside:
                raise ValueError(f"{wheel.name} has no {file.name}; another release moved it, keep to the pinned one")
            data = archive.read(inside[file.name])
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise ValueError(f"{file.name} in {wheel.name} is not the file that {MANIFEST.name} names")
            found[file.name] = data
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        (folder / name).write_bytes(data)
    for stale in {path.name for path in folder.iterdir()} - found.keys():
        (folder / stale).unlink()


def renew(official: Path, wheel: Path) -> dict[str, Any]:
    """Return the manifest for another release of Pyodide.

    Args:
        official: the unpacked npm package ``pyodide``: its core files, and the lock file that
            has the hash of every official wheel.
        wheel: where the wheels are; those that the lock does not know by hash are refused.

    Raises:
        ValueError: a wheel is not the official one.
    """
    old = manifest()
    their = json.loads((official / "pyodide-lock.json").read_text(encoding="utf-8"))
    version = json.loads((official / "package.json").read_text(encoding="utf-8"))["version"]
    new: dict[str, Any] = {
        "pyodide": version,
        "address": f"https://cdn.jsdelivr.net/pyodide/v{version}/full/",
        "info": their["info"],
        "core": [],
        "packages": {},
    }
    for each in old["core"]:
        data = (official / each["name"]).read_bytes()
        new["core"].append(each | {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.rpartition("/")[2]: name for name in archive.namelist() if "/pyodide/" in name}
        queue = [name for name, package in old["packages"].items() if package.get("root")]
        while queue:
            name = queue.pop(0)
            package = old["packages"].get(name, {})
            if name in new["packages"]:
                continue
            if package.get("environment"):
                new["packages"][name] = package
                queue += package["depends"]
                continue
            theirs = their["packages"][name]
            data = archive.read(inside[theirs["file_name"]])
            if hashlib.sha256(data).hexdigest() != theirs["sha256"]:
                raise ValueError(f"{theirs['file_name']} is not the official one")
            new["packages"][name] = {
                "version": theirs["version"],
                "licence": package.get("licence", "to be looked up"),
                "file": theirs["file_name"],
                "sha256": theirs["sha256"],
                "size": len(data),
                "imports": theirs["imports"],
                "depends": sorted(theirs["depends"]),
            } | ({"root": True} if package.get("root") else {})
            queue += theirs["depends"]
    new["packages"] = dict(sorted(new["packages"].items()))
    return new


def _main(arguments: list[str]) -> int:
    match arguments:
        case ["renew", official, wheel]:
            MANIFEST.write_text(json.dumps(renew(Path(official), Path(wheel)), indent=1) + "\n", encoding="utf-8")
        case [wheel, folder]:
            try:
                extract(Path(wheel), Path(folder))
            except (OSError, ValueError, zipfile.BadZipFile) as error:
                print(f"Pyodide can't be taken from {wheel}: {error}", file=sys.stderr)
                return 1
            size = sum(file.size for file in hosted()) / 1e6
            print(f"Pyodide {manifest()['pyodide']}: {len(hosted())} files, {size:.0f} MB, in {folder}")
        case _:
            print("usage: python -m exegesis.browser.pyodide [renew NPM-FOLDER WHEEL | WHEEL FOLDER]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1:]))
