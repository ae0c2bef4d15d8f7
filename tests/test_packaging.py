"""What pyproject.toml asks for, what the locks pin, and what a wheel has."""

from __future__ import annotations

import ast
import email
import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = ASKED["project"], ASKED["dependency-groups"]
EXTRAS = PROJECT["optional-dependencies"]
#: Run by the reader's browser, from what Pyodide has.
IN_THE_BROWSER = {ROOT / "exegesis/browser/cells.py", ROOT / "exegesis/browser/figures.py"}
BY_US = "exegesis (pyproject.toml"
#: What each lock is made from; see 'make lock'.
LOCKS = {
    "requirements.lock": ("dependencies", "jupyter-book", "book"),
    "requirements-lab.lock": ("dependencies", "lab"),
    "requirements-pdf.lock": ("dependencies", "pdf"),
    "requirements-test.lock": ("dependencies", "jupyter-book", "cluster", "doubt", "lab", "pdf", "book", "test"),
    "requirements-packed.lock": ("packed",),
    "requirements-pyodide.lock": ("pyodide",),
    "requirements-tools.lock": ("tools",),
    "requirements-chapters.lock": ("chapters",),
}


def requirements(*parts: str) -> dict[str, Requirement]:
    """Return what parts of pyproject.toml ask for, by name."""
    found = {}
    for part in parts:
        for line in PROJECT["dependencies"] if part == "dependencies" else EXTRAS.get(part) or GROUPS[part]:
            if isinstance(line, dict):
                found |= requirements(line["include-group"])
            else:
                found[canonicalize_name(Requirement(line).name)] = Requirement(line)
    return found


def pins(lock: str) -> dict[str, set[str]]:
    """Return the versions that a lock has of each package: newer Pythons may get a newer one."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def third_party(path: Path) -> set[str]:
    """Return the top-level modules of others that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"exegesis"}


def test_everything_that_is_imported_is_asked_for():
    providers = importlib.metadata.packages_distributions()
    asked = requirements("dependencies", *EXTRAS).keys()
    files = set((ROOT / "exegesis").rglob("*.py")) - IN_THE_BROWSER
    files -= set((ROOT / "exegesis/command/skeleton").rglob("*.py"))  # of another book
    assert len(files) > 50
    for path in files:
        for module in third_party(path):
            names = {canonicalize_name(name) for name in providers.get(module, [])}
            assert names & asked, f"{path}: '{module}' is of {names or 'no package here'}, not in pyproject.toml"


def test_nobody_gets_what_this_books_chapters_import():
    assert not requirements("chapters").keys() & requirements("dependencies", *EXTRAS).keys()


def test_every_requirement_has_a_reason():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lines = text[: text.index("[project.scripts]")].splitlines()
    asked = [line for line in lines if re.match(r'    "[a-zA-Z0-9._-]+([=<>]|",)', line)]
    assert len(asked) == len(ASKED["build-system"]["requires"]) + len(requirements("dependencies", *EXTRAS, *GROUPS))
    for line in asked:
        assert re.search(r'", +# \S+', line), f"say why: {line}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_what_is_asked_for(lock):
    pinned, asked = pins(lock), requirements(*LOCKS[lock])
    for name, requirement in asked.items():
        assert name in pinned, f"{lock} has no {name}; run 'make lock'"
        for version in pinned[name]:
            assert requirement.specifier.contains(version), f"{lock} has {name} {version}; run 'make lock'"
    blocks = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)[1:]
    direct = {canonicalize_name(one.partition("==")[0]) for one in blocks if BY_US in one}
    assert direct == asked.keys(), f"{lock} is not made from pyproject.toml; run 'make lock'"
    assert all("--hash=sha256:" in one for one in blocks)


def test_every_lock_is_known():
    """The two of the newest Sphinx are made from a file of their own."""
    locks = {path.name for path in ROOT.glob("requirements*.lock")}
    assert locks == LOCKS.keys() | {f"requirements-newest-{sphinx}.lock" for sphinx in ("8.2", "9.0")}


def test_the_locks_agree():
    book, test = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: test.get(name) for name in book} == book
    chapters = pins("requirements-chapters.lock")
    assert {name: book[name] for name in chapters} == chapters


def test_the_backend_is_the_one_of_the_lock():
    required = {one.name: str(one.specifier) for one in map(Requirement, ASKED["build-system"]["requires"])}
    assert {"hatchling", "pip"} < required.keys()
    assert required == {name: f"=={next(iter(pins('requirements.lock')[name]))}" for name in required}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, made from the source distribution, as an installer would: without this checkout and a network."""
    folder = tmp_path_factory.mktemp("dist")

    def build(kind, root):
        command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
        ran = subprocess.run(
            command, cwd=root, env=os.environ | {"PIP_NO_INDEX": "1"}, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr

    build("sdist", ROOT)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.0 to 3.11.3 have none
        tar.extractall(folder)
    build("wheel", folder / archive.name.removesuffix(".tar.gz"))
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_a_wheel_has_every_file_of_the_package(wheel):
    listed = subprocess.run(["git", "ls-files", "exegesis"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name for name in listed.stdout.split() if (ROOT / name).exists()} <= set(wheel.namelist())


def test_a_wheel_has_what_is_packed_with_the_licences(wheel):
    start = "exegesis/sphinxext/vendor/"
    packed = {name.removeprefix(start) for name in wheel.namelist() if name.startswith(start)}
    assert {"katex/LICENSE", "katex/katex.min.js", "katex/katex.min.css", "prism-code-editor/LICENSE"} <= packed
    assert {"prism-code-editor/index.js", "prism-code-editor/prism/languages/python.js"} <= packed
    fonts = set(re.findall(r"fonts/[\w-]+\.woff2", wheel.read(start + "katex/katex.min.css").decode()))
    assert fonts and {f"katex/{font}" for font in fonts} <= packed


def test_a_wheel_asks_for_what_the_project_does(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = email.message_from_bytes(wheel.read(name))
    asked = {canonicalize_name(Requirement(line).name) for line in metadata.get_all("Requires-Dist")}
    assert asked == requirements("dependencies", *EXTRAS).keys()
    assert set(metadata.get_all("Provides-Extra")) == EXTRAS.keys()
    text = metadata.get_payload()
    assert "make book" in text and "![" not in text  # a picture of this checkout would be a hole
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "exegesis = exegesis.command.cli:main" in wheel.read(name).decode()
