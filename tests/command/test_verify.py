"""A site is what a clean build of its commit gives, or it is told what is not; what can't be told is told too.

The commit of the tiny book is built once, in a sandbox where there is one; each test changes what is published.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exegesis.command import sandboxed
from exegesis.command import verify as module
from exegesis.command.cli import FAULTS, OK, USAGE, main
from exegesis.command.project import Project
from exegesis.command.sandboxed import rebuild
from exegesis.command.verify import ALIKE
from exegesis.manifest import digest_of
from exegesis.sandbox import Ended, NoSandboxError, find, walls
from tests.command.test_cli import CONFIG
from tests.command.test_sandboxed import CLAIM, toc
from tests.sandbox.test_branch import put
from tests.tiny import chapter, git, write_book

PAGE = "book/papers/first.html"
TEXT = "# Second\n\nOnly words.\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book under git that was built and published, and moved on since."""
    root = write_book(tmp_path_factory.mktemp("book"), {"first": chapter(CLAIM), "second": chapter(TEXT)})
    (root / "conf.py").unlink()
    put(root, **{"_config.yml": CONFIG, "index.md": "# Tiny\n", "_toc.yml": toc("first", "second")})
    put(root, **{".gitignore": "/_build/\n/published/\n", "requirements.lock": "numpy==2\n"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    put(root, **{"_build/pdf/first.pdf": "%PDF"})  # as 'exegesis pdf' printed it: pages link it
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EXEGESIS_", "SOURCE_"))}
    command = ["--book", str(root), "build", "--address", "https://example.org/book/"]
    subprocess.run([sys.executable, "-m", "exegesis.command.cli", *command], env=environment, check=True)
    put(root, **{"index.md": "# Another title\n", "draft.md": "# Draft\n"})
    git(root, "commit", "-qam", "two")
    shutil.move(root / "_build/html", root / "published")
    return root


@pytest.fixture(scope="module")
def given(book, tmp_path_factory):
    """What the build of the commit gave, by itself, and with what it was asked for."""
    try:
        find()
        walled = True
    except NoSandboxError:
        walled = False
    folder, lines = tmp_path_factory.mktemp("given") / "site", []
    commit = json.loads((book / "published/manifest.json").read_text("utf-8"))["commit"]
    arguments = ["--address=https://example.org/book/"]
    ended = rebuild(Project.open(book), commit, arguments, lines.append, into=folder, pdfs=["first"], walls=walled)
    assert ended.given, lines
    return folder


@pytest.fixture
def site(book, tmp_path, monkeypatch):
    monkeypatch.chdir(book)
    monkeypatch.setattr(module, "rebuild", lambda *_, **__: pytest.fail("it is built for nothing"))
    return shutil.copytree(book / "published", tmp_path / "site")


@pytest.fixture
def builds(given, monkeypatch):
    """Let a commit that is to be built be the one that was."""
    asked = []

    def again(project, commit, arguments, say, *, into, date, pdfs, walls):
        assert pdfs == ["first"]
        asked.append((commit, sorted(arguments), date, walls))
        shutil.copytree(given, into)
        return Ended(0, given=True)

    monkeypatch.setattr(module, "rebuild", again)
    return asked


def edit(site, name, old, new):
    text = (site / name).read_text("utf-8")
    assert old in text
    (site / name).write_text(text.replace(old, new), "utf-8")


def edit_manifest(site, **fields):
    told = json.loads((site / "manifest.json").read_text("utf-8"))
    (site / "manifest.json").write_text(json.dumps(told | fields, indent=1, sort_keys=True) + "\n", "utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("sandbox")
def test_a_clean_build_of_the_commit_in_a_sandbox_gives_the_very_site(book, given):
    files = {path.relative_to(given): path.read_bytes() for path in given.rglob("*") if path.is_file()}
    published = {path.relative_to(book / "published"): path for path in (book / "published").rglob("*")}
    pdf = Path("pdf/first.pdf")
    assert published[pdf].is_file() and b'href="../../pdf/first.pdf"' in files[Path(PAGE)]
    assert files == {name: path.read_bytes() for name, path in published.items() if path.is_file() and name != pdf}
    assert {Path(".buildinfo"), Path("manifest.json"), Path("pagefind/pagefind-entry.json")} <= files.keys()


def test_a_site_that_is_the_same_is_said_to_be_chapter_by_chapter(site, builds, capsys):
    manifest = json.loads((site / "manifest.json").read_text("utf-8"))
    assert manifest["clean"] is True
    assert manifest["locks"].keys() == {"requirements.lock"}
    assert main(["verify", str(site), "--jobs", "2"]) == OK
    told = capsys.readouterr().out
    commit = manifest["commit"]
    assert f"of commit {commit[:12]} ({manifest['date']})" in told
    assert "  first     4 files the same\n  second    3 files the same\n  all else  " in told
    assert f"is what a clean build of commit {commit[:12]} gives: {len(manifest['files']) + 1} files, byte for" in told
    ((built, arguments, date, walled),) = builds
    assert (built, date, walled) == (commit, manifest["source_date_epoch"], True)
    assert "--address=https://example.org/book/" in arguments
    assert "--jobs=2" in arguments


def test_what_is_another_file_is_told_under_its_chapter(site, builds, capsys):
    edit(site, PAGE, "There are two.", "There are three.")
    (site / "papers.bib").unlink()
    put(site, **{"evil.js": "alert(1)"})
    assert main(["verify", str(site)]) == FAULTS
    told = capsys.readouterr().out
    assert f"  first     3 files the same; changed: {PAGE}\n" in told
    assert "files the same; added: evil.js, missing: papers.bib\n" in told
    assert "is not what a clean build" in told
    assert "3 files are other" in told


def test_pdfs_stand_beside_the_site_and_nothing_else_does(site, builds, capsys):
    put(site, **{"pdf/first.pdf": "%PDF of another day"})
    assert main(["verify", str(site)]) == OK
    assert main(["verify", "--files", str(site)]) == OK
    put(site, **{"pdf/other.pdf": "%PDF", "pdf/first.html": "<html>"})
    for files in ([], ["--files"]):
        capsys.readouterr()
        assert main(["verify", *files, str(site)]) == FAULTS
        assert "added: pdf/first.html, added: pdf/other.pdf\n" in capsys.readouterr().out


def test_a_manifest_that_was_made_to_fit_does_not_help(site, builds, capsys):
    edit(site, PAGE, "There are two.", "There are three.")
    files = json.loads((site / "manifest.json").read_text("utf-8"))["files"] | {PAGE: digest_of(site / PAGE)}
    edit_manifest(site, files=files)
    assert main(["verify", "--files", str(site)]) == OK
    assert main(["verify", str(site)]) == FAULTS
    told = capsys.readouterr().out
    assert f"changed: {PAGE}" in told
    assert "changed: manifest.json" in told


def test_where_something_else_is_installed_verdicts_and_numbers_are_compared(site, builds, capsys):
    versions = json.loads((site / "manifest.json").read_text("utf-8"))["versions"]
    edit_manifest(site, baseline="aarch64", versions=versions | {"numpy": "1.0"})
    assert main(["verify", str(site)]) == OK, "the bytes are the same all the same"
    told = capsys.readouterr().out
    assert "baseline aarch64 there, x86-64" in told
    assert "numpy 1.0 there, none here" in told
    assert not [each for each in builds[0][1] if "baseline" in each], "there is no such baseline here"

    edit(site, PAGE, "There are two.", "There are  two.")
    assert main(["verify", str(site)]) == ALIKE
    assert "All claims of the site, 1, have the verdicts that commit" in capsys.readouterr().out
    edit(site, "claims.json", '"computed": 2.0', '"computed": 2.25')
    assert main(["verify", str(site)]) == ALIKE
    assert "first#two: its number is 2.25 there, 2.0 here" in capsys.readouterr().out
    edit(site, "claims.json", '"verdict": "holds"', '"verdict": "in part"')
    assert main(["verify", str(site)]) == FAULTS
    assert "first#two: in part there, holds here" in capsys.readouterr().out
    (site / "claims.json").unlink()
    assert main(["verify", str(site)]) == FAULTS
    assert "claims.json is missing" in capsys.readouterr().out


def test_the_files_alone_need_neither_book_nor_build(site, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "--files", "site"]) == OK
    assert "files are as the site's own manifest says" in capsys.readouterr().out
    edit(site, PAGE, "There are two.", "There are three.")
    put(site, **{"evil.js": "alert(1)"})
    assert main(["verify", "--files", "site"]) == FAULTS
    told = capsys.readouterr().out
    assert f"changed: {PAGE}" in told
    assert "added: evil.js" in told
    assert "2 files are not as the site's own manifest says" in told


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            {"clean": False},
            "was built with changes to commit [0-9a-f]{12} that were not committed; build it from a clean",
        ),
        ({"commit": None, "date": None}, "was built outside of a git repository, so there is nothing to build"),
        ({"commit": "main"}, r"manifest\.json is not the manifest of a build: \$\.commit"),
        (None, r"has no manifest\.json: it is no whole site"),
    ],
)
def test_a_site_that_nobody_can_build_again_is_refused(site, capsys, fields, why):
    if fields is None:
        (site / "manifest.json").unlink()
    else:
        edit_manifest(site, **fields)
    assert main(["verify", str(site)]) == USAGE
    assert_told(capsys, why)


def test_a_commit_that_git_does_not_know_is_told(site, capsys, monkeypatch):
    monkeypatch.setattr(module, "rebuild", rebuild)
    edit_manifest(site, commit="a" * 40)
    assert main(["verify", str(site), "--without-sandbox"]) == USAGE
    assert_told(capsys, f"git knows no commit {'a' * 40} here; fetch it first")


def test_without_a_sandbox_it_refuses_unless_told(site, capsys, monkeypatch):
    def none():
        raise NoSandboxError("there is no bubblewrap here; install it")

    monkeypatch.setattr(module, "rebuild", rebuild)
    for each in (walls, sandboxed):
        monkeypatch.setattr(each, "find", none)
    assert main(["verify", str(site)]) == USAGE
    assert_told(capsys, "there is no bubblewrap here; install it; or take the risk, with --without-sandbox")


def test_a_commit_that_does_not_build_is_told_with_why(site, capsys, monkeypatch):
    def fails(project, commit, arguments, say, **how):
        say("book/papers/first.md:1: run it is broken")
        return Ended(1)

    monkeypatch.setattr(module, "rebuild", fails)
    assert main(["verify", str(site)]) == USAGE
    assert_told(
        capsys, r"first\.md:1: run it is broken\ncommit [0-9a-f]{12} does not build here, so nothing can be said"
    )


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nowhere", "'nowhere' is neither a folder nor an address"),
        ("http://127.0.0.1:1/book/", r"http://127\.0\.0\.1:1/book/manifest\.json can't be reached"),
    ],
)
def test_a_place_that_is_not_there_is_told(site, capsys, place, why):
    for options in ([], ["--files"]):
        assert main(["verify", *options, place]) == USAGE
        assert_told(capsys, why)


def assert_told(capsys, why):
    told = capsys.readouterr().err
    assert re.search(why, told), told
    assert "Traceback" not in told
